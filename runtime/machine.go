package runtime

// Step is what one event led to. Its slices are reused by the next Apply.
type Step struct {
	Commands []Command
	Changes  []Change
}
