// Package draw makes pictures of workflows: for terminals (ascii), for the web
// (svg), for Graphviz (dot), for Markdown (mermaid) and for programs (json).
//
// All pictures show the same graph, see analyze.Graph: blocks as boxes with
// their steps inside, what is there once for each item as a stack of boxes,
// boundaries (`raises_on_failure = false`) shaded, handlers beside what they
// handle, data edges solid and order edges dotted. An order edge that follows
// from data edges is left out of pictures.
//
// Everything is a function of the program: the same program gives the same
// bytes.
package draw
