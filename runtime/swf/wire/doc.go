// Package wire says how things of a flow are written in the fields that
// Amazon SWF has for them: texts of limited length.
//
// # Values
//
// A value is JSON. One that is longer than its field is kept in a store, by
// its content, and what travels is a claim check:
//
//	{"$blob":{"$ref":"sha256/…","sha256":"…","size":123456}}
//
// [Fit] makes it, [Open] redeems it. A value that looks like a claim check is
// always checked in, so that none can be mistaken for one.
//
// # Failures
//
// A failure has a reason, which is for people, and details: the JSON of a
// [runtime.Failure]. Workers in other languages write what they like; all of
// it is kept.
//
// # Inputs of executions
//
// An execution is started with the arguments of its workflow as a plain JSON
// object by parameter, or with an [Envelope] that also says of which program
// it is a run. What a program says about an execution as such is in [Settings].
package wire
