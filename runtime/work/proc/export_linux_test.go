package proc

// WithoutPidfd runs f as on a system that has no pidfds.
func WithoutPidfd(f func()) {
	usePidfd = false
	defer func() { usePidfd = true }()
	f()
}
