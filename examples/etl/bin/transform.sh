# transform.sh RAW: writes clean.csv: the orders of RAW, each once, sorted, with
# names in lower case, without test orders and without those of no items.
set -eu
LC_ALL=C awk -F, -v OFS=, '
  $5 + 0 > 0 && $3 !~ /^test/ && !seen[$1]++ {
    $4 = tolower($4)
    gsub(/^ +| +$/, "", $4)
    print
  }' "$1" | LC_ALL=C sort -t, -k1,1 > "$FLOW_OUT/clean.csv"
