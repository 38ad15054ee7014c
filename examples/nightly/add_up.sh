# add_up.sh REGION DAY: adds up what was sold there, or exits 3 if nothing is known.
set -eu
sales="sales/$2/$1.csv"
if [ ! -f "$sales" ]; then
  echo "no sales of $1" >&2
  printf '{"region": "%s"}\n' "$1"
  exit 3
fi
awk -F , -v region="$1" '
  NR > 1 { orders++; cents += $2 }
  END { printf "{\"region\": \"%s\", \"orders\": %d, \"cents\": %d}\n", region, orders, cents }
' "$sales"
