# fx.sh CLEAN: writes fx.csv: the price of each order in euro.
set -eu
LC_ALL=C awk -F, -v out="$FLOW_OUT/fx.csv" '
  FNR == NR { rate[$1] = $2; next }
  !($7 in rate) {
    print "there is no rate for " $7 > "/dev/stderr"
    exit 1
  }
  { printf "%s,%.2f\n", $1, $5 * $6 * rate[$7] > out }' reference/rates.csv "$1"
