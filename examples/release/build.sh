# build.sh VERSION: builds the program in the current folder as `greet`.
set -eu
go build -trimpath -ldflags "-X main.version=$1" -o "$FLOW_OUT/greet" .
