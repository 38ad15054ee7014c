# submit.sh NAME: starts a job that will be asked after four times before it is
# done. Its file holds what the service will answer, a line each, and the result.
set -eu
printf '%s\n' queued running running done "The $1 has 12 pages." > "$FLOW_OUT/job"
