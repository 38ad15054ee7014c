// Package analyze says what can be known of a program before it runs. It reads
// an IR and changes nothing.
//
// [Count] is the closing line of a check. A [Graph] is a workflow as people
// see it: the nodes that have an id, and who needs whom; package draw makes
// pictures of it. [Explain] tells the effective settings of one node and whence
// each comes. [Fail] tells the blast radius of a node: who is cancelled, who is
// skipped, where the failure ends. [Events] bounds the history of a run,
// [NewPlan] says what a run will cost, [Findings] what a service would not take
// and what else is wrong with the whole, and [Compare] tells what is different
// between two programs.
//
// Terms. A node is shown when it has an id of its own: instant nodes (`let`,
// `yield`, …) and the bodies that add no segment are not. What flows through a
// `let` flows from what the `let` reads. A boundary is a node with an explicit
// `raises_on_failure = false`. A path is the id of a node, with or without the
// keys of items (`rows[p3]/extract`) and with or without the workflow in front.
package analyze
