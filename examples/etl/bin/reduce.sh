# reduce.sh: reads lines `CLEAN GEO FX`, parted by tabs, each a file or `-`, and
# prints totals as JSON.
set -eu
tab=$(printf '\t')
while IFS=$tab read -r clean geo fx; do
  orders=$(awk 'END { print NR }' "$clean")
  placed=0
  eur=-
  [ "$geo" = - ] || placed=$(awk 'END { print NR }' "$geo")
  [ "$fx" = - ] || eur=$(LC_ALL=C awk -F, '{ sum += $2 } END { printf "%.2f", sum }' "$fx")
  echo "$orders $placed $eur"
done | LC_ALL=C awk '
  {
    orders += $1
    unplaced += $1 - $2
    if ($3 == "-") unpriced += $1
    else eur += $3
  }
  END {
    printf "{\"orders\": %d, \"eur\": %.2f, \"unpriced\": %d, \"unplaced\": %d}\n",
      orders, eur, unpriced, unplaced
  }'
