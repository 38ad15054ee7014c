// Package flowc is the root of the repository; it holds no code. The tests
// beside it keep the architecture (which room may import which), the examples
// and the documentation true. Start with docs/architecture.md, or with
// compiler.Compile and runtime.Machine, which are the two halves of the work.
package flowc
