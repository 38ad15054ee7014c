# Prints the number of words of a file. A program of a flow gets its arguments as
# arguments, or as JSON on stdin; its result is what it prints to stdout, and
# what it says on stderr is the log.
echo "counting the words of $1" >&2
exec awk '{ n += NF } END { print n + 0 }' "$1"
