# publish.sh DAY SHOPS MISSING ORDERS EUR UNPRICED UNPLACED: writes report.txt.
set -eu
cat > "$FLOW_OUT/report.txt" <<REPORT
Sales of $1

shops reporting   $2
shops missing     $3
orders            $4
in euro           $5
without a rate    $6
without a region  $7
REPORT
