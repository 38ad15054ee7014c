# serve.sh NAME: serves for a minute, and stops in good order when told to.
stop() {
  echo "$1: stopped in good order" >&2
  exit 0
}
echo "$1: serving" >&2
sleep 60 & # before the trap, or a signal between fork and exec would be lost in the copy of this shell
trap 'stop "$1"' TERM INT
wait $!
