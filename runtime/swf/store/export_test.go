package store

// SendInParts makes objects larger than size be sent in parts of that size,
// until the function that it returns is called.
func SendInParts(size int64) (restore func()) {
	whole, part := wholeSize, partSize
	wholeSize, partSize = size, size
	return func() { wholeSize, partSize = whole, part }
}
