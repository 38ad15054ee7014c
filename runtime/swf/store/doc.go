// Package store keeps what does not fit into a history: values that are too
// large for it, the values of refs, and the programs that runs are of. Deciders
// and workers that name the same URL share one store:
//
//	file:///var/lib/flowc/blobs   or a path: a folder
//	s3://bucket/prefix            any service that speaks the protocol of Amazon S3
//
// # Layout
//
// A value is addressed by what is in it, a program by its hash:
//
//	sha256/3f/3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea
//	ir/sha256/b1/b17e…
//
// In a folder this is the layout of package blob, so that what one has written
// the other reads. What is large and worth it is compressed: in a folder the
// name of such a file ends in `.gz`, an object in S3 says that its content
// encoding is gzip. The address is always that of the content itself.
//
// What appears, appears whole. Nothing is ever changed. What is read is checked
// against its address, so a value is what it was or there is an error; one that
// is gone for good is a [LostError], and any other error may pass.
package store
