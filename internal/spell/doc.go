// Package spell finds the name that was probably meant.
//
// The distance of two names is the number of single-character insertions,
// deletions, substitutions and swaps of neighbours that turn one into the
// other (the "optimal string alignment" form of Damerau and Levenshtein's
// distance). A candidate is near when it is at most a third of the name's
// length away; one edit is allowed for any name of two letters or more. Case
// does not count: names that differ only in case are nearest of all.
//
// The answer depends on the set of candidates, never on their order, so a
// caller may range over a map. The cost is linear in the number of candidates:
// most are refused by their length alone, and a comparison stops as soon as it
// is known to be worse than the best so far.
package spell
