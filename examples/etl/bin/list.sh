# list.sh DAY: prints the day's partitions, one a shop, as JSON.
set -eu
if [ ! -d "data/$1" ]; then
  echo "there are no sales of $1" >&2
  exit 1
fi
for file in "data/$1"/*.csv; do
  echo "$file"
done | LC_ALL=C sort | awk '
  BEGIN { printf "[" }
  {
    shop = $0
    sub(/.*\//, "", shop)
    sub(/\.csv$/, "", shop)
    printf "%s{\"shop\": \"%s\", \"file\": \"%s\"}", sep, shop, $0
    sep = ", "
  }
  END { print "]" }'
