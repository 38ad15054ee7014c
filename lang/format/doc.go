// Package format prints a `.flow` file in its one canonical layout.
//
// The tree becomes a list of pieces (text, places where a line may end, groups
// that end all their lines or none, comments), and one pass over the pieces
// chooses the lines. A last pass, over the lines, aligns columns. Each of the
// three is linear in the size of the file.
//
// # Lines
//
// Two spaces indent a block, four what goes on of a line that was too long. A
// line holds 100 columns (code points) where its parts allow it. `;` becomes a
// new line. One blank line is kept where there were some, none at the start or
// the end of a block. Declarations are parted by one blank line, except that
// those that take one line each may stand together, if they were written so.
//
// # Brackets
//
// What stands in brackets is laid out on one line, or one element a line. It is
// broken when it is too long, when it holds a comment that ends a line, when a
// part of it is broken, and when it was written so: in `( )` and `[ ]` with a
// new line before the first element, in `{ }` with one before any. Commas part
// elements on one line; when broken, those in `( )` and `[ ]` also end the last,
// and in `{ }` the new line itself parts them. A call whose only argument is in
// brackets breaks inside those of the argument. The bodies of blocks are always
// broken, unless they are empty.
//
// # Outside brackets
//
// A long chain of operators of one precedence is broken after each of them;
// long options and the values of a `case` are broken after those commas behind
// which the next one finds no room. What looks as if it went on with the line
// before, a `-` or a `not`, does not start a line.
//
// # Columns
//
// A run of lines that follow each other directly at the same depth is aligned
// at the `=` of steps, attributes and aliases, at the type or value of fields,
// at the attributes or fields of declarations of one kind, and at the comments
// that end the lines. A run ends where aligning one more line would insert more
// than 40 blanks into a line, or carry one past 100 columns. What a line holds
// and where it ends is settled before, so that formatting again changes nothing.
//
// # What stays as written
//
// Literals, parentheses and comments. A comment that ends a line stays at the
// end of the line of what it follows; one with a line for itself stays above
// what it precedes; `# flow:allow` behind what was one line stays at the first
// of its lines. A comment in the midst of a construct that is not broken
// there moves above the line; if it was a `##` it becomes a `#`, for it
// documented nothing there, and must not begin to.
package format
