# courier.sh RESERVATION PLACE: books a courier, or exits 5 if none goes there.
set -eu
if [ "$2" = "the moon" ]; then
  echo "no courier goes to $2" >&2
  printf '{"place": "%s"}\n' "$2"
  exit 5
fi
sh ledger.sh "booked a courier to $2 for $1" "courier-$1"
