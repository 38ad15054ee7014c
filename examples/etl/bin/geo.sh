# geo.sh CLEAN: writes geo.csv: the region of each order, by its postcode.
set -eu
LC_ALL=C awk -F, -v out="$FLOW_OUT/geo.csv" '
  FNR == NR { region[$1] = $2; next }
  !($3 in region) {
    print "no region is known for postcode " $3 > "/dev/stderr"
    exit 1
  }
  { print $1 "," region[$3] > out }' reference/regions.csv "$1"
