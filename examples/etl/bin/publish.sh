# publish.sh: writes what it reads to report.txt.
set -eu
cat > "$FLOW_OUT/report.txt"
