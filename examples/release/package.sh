# package.sh PROGRAM VERSION: packs the program as greet.tar.gz.
set -eu
go run ./pack "$FLOW_OUT/greet.tar.gz" "greet-$2" "$1"
