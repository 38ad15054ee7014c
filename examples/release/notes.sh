# notes.sh: writes what it reads to NOTES.txt.
set -eu
cat > "$FLOW_OUT/NOTES.txt"
