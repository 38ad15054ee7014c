# bus.sh PLACE: prints when the next bus goes there. Buses serve the city only.
set -eu
if [ "$1" = "the city" ]; then
  echo "bus at 10:40"
else
  echo "no line goes to $1" >&2
  exit 1
fi
