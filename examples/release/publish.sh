# publish.sh ARCHIVE FILE: copies ARCHIVE to FILE, unless a FILE is there: what was
# published is never replaced.
set -eu
if [ -e "$2" ]; then
  echo "$2 was published before" >&2
  exit 1
fi
mkdir -p "$(dirname "$2")"
cp "$1" "$2"
