# extract.sh FILE: writes the rows of FILE to raw.csv, without its first and
# last line. The last line of a whole file is `# N rows`; exits 2 without one.
set -eu
LC_ALL=C awk -v out="$FLOW_OUT/raw.csv" '
  NR == 1 { next }
  /^# [0-9]+ rows$/ { announced = $2; next }
  { rows++; print > out }
  END {
    if (announced == "") {
      print FILENAME ": cut short after " rows " rows" > "/dev/stderr"
      printf "{\"reason\": \"cut short after %d rows\"}\n", rows
      exit 2
    }
    if (announced != rows) {
      printf "%s: has %d rows, announces %d\n", FILENAME, rows, announced > "/dev/stderr"
      printf "{\"reason\": \"%d rows, %d announced\"}\n", rows, announced
      exit 2
    }
  }' "$1"
