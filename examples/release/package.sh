# package.sh PROGRAM NOTES VERSION: packs the program and its notes as greet.tar.gz.
set -eu
go run ./pack "$FLOW_OUT/greet.tar.gz" "greet-$3" "$1" "$2"
