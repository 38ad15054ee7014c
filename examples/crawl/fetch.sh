# fetch.sh PAGE: reads a page of the atlas, and prints its title and where it
# links to, as JSON.
set -eu
cd pages
if [ ! -f "$1" ]; then
  echo "no page is called $1" >&2
  exit 44
fi
awk '
  function quoted(s) { gsub(/\\/, "\\\\", s); gsub(/"/, "\\\"", s); return "\"" s "\"" }
  match($0, /<title>[^<]*/) { title = substr($0, RSTART + 7, RLENGTH - 7) }
  {
    while (match($0, /href="[^"]*/)) {
      links = links (links == "" ? "" : ", ") quoted(substr($0, RSTART + 6, RLENGTH - 6))
      $0 = substr($0, RSTART + RLENGTH)
    }
  }
  END { printf "{\"title\": %s, \"links\": [%s]}\n", quoted(title), links }
' "$1"
