# ask.sh JOB: prints the state of the job, as JSON.
set -eu
state=$(head -n 1 "$1")
if [ "$state" != done ]; then
  tail -n +2 "$1" > "$1.next"
  mv "$1.next" "$1"
fi
printf '"%s"\n' "$state"
