# ledger.sh LINE [RESULT]: adds LINE to the ledger, and prints RESULT.
set -eu
echo "$1" >> "$LEDGER"
[ $# -lt 2 ] || echo "$2"
