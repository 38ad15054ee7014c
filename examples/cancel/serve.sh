# serve.sh NAME: serves for a minute, and stops in good order when told to.
stop() {
  echo "$1: stopped in good order" >&2
  exit 0
}
trap 'stop "$1"' TERM INT
echo "$1: serving" >&2
sleep 60 &
wait $!
