// Command bench measures flowc against baselines that it measures in the same
// run, and prints the ratios. It asserts nothing: it is for people who look at
// what a change costs, on whatever machine they have.
//
//	go run ./internal/bench [-rounds N] [SECTION…]
//
// Terms. A section is one question, with a file of its own here, listed in
// main.go. A contender is something that is measured; those of a section are
// measured in turn, round after round, so that what disturbs the machine
// disturbs all of them. What is printed is the median of the rounds, with the
// least and the greatest. A child is this program started again to measure
// something in a process of its own: its memory, or its time with one core.
package main
