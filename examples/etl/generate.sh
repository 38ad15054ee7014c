# generate.sh: makes data/ and reference/ again, always the same. Reykjavik is
# paid in a currency without a rate, Porto sells to a postcode without a region,
# and the file of Vienna is cut short.
set -eu
cd "$(dirname "$0")"
day=2026-01-31
mkdir -p "data/$day" reference

printf '%s\n' EUR,1 CHF,1.0632 DKK,0.1340 GBP,1.1518 NOK,0.0871 PLN,0.2347 SEK,0.0919 > reference/rates.csv
LC_ALL=C awk 'BEGIN {
  split("north south east west centre", name, " ")
  for (i = 100; i < 250; i++) printf "%d,%s\n", i, name[i % 5 + 1]
}' > reference/regions.csv

while read -r shop currency rows seed; do
  LC_ALL=C awk -v shop="$shop" -v currency="$currency" -v rows="$rows" -v seed="$seed" -v day="$day" '
    # A small generator of our own: that of awk differs from one to the next.
    function rnd(n) { seed = (seed * 16807) % 2147483647; return seed % n }
    BEGIN {
      n = split("lamp,Kettle,chair, rug ,Clock,mirror,vase,STOOL", product, ",")
      print "order,time,postcode,product,quantity,price,currency"
      for (i = 1; i <= rows; i++) {
        code = shop == "porto" && i == 40 ? 999 : 100 + rnd(150)
        if (rnd(60) == 0) code = "test" code
        line = sprintf("%s-%04d,%sT%02d:%02dZ,%s,%s,%d,%d.%02d,%s", shop, i, day, 8 + int(i * 11 / rows),
          rnd(60), code, product[1 + rnd(n)], rnd(5), 4 + rnd(300), rnd(100), currency)
        print line
        written++
        if (rnd(50) == 0) { print line; written++ } # sent twice
        if (shop == "vienna" && i == 118) { printf "%s", substr(line, 1, 31); exit }
      }
      printf "# %d rows\n", written
    }' > "data/$day/$shop.csv"
done <<SHOPS
amsterdam EUR 310 11
berlin EUR 340 23
copenhagen DKK 260 37
dublin EUR 220 41
krakow PLN 240 59
london GBP 330 61
oslo NOK 210 73
porto EUR 230 83
reykjavik ISK 200 97
stockholm SEK 250 101
vienna EUR 300 113
zurich CHF 270 127
SHOPS
