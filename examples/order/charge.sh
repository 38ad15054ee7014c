# charge.sh CARD CENTS: charges the card, or exits 4 if its bank declines, as it
# does for cards that end in 0.
set -eu
case $1 in
  *0)
    echo '{"code": "insufficient funds"}'
    exit 4
    ;;
esac
sh ledger.sh "charged $2 cents to card $1" "charge-$1"
