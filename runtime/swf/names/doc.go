// Package names is how things are called on Amazon SWF: types of workflows and
// activities after what a program calls them, activities, timers and child
// executions after the ids of the nodes that they are for.
//
// The service allows neither `:`, `/` nor `|` in a name, no control characters,
// not the name `arn`, and at most 256 characters. What has another name in a
// program is written so that different names stay different; one that is too
// long ends with a hash.
package names
