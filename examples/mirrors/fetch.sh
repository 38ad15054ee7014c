# fetch.sh MIRROR NAME: fetches the file from the mirror. The hasty mirror cuts it
# short, the steady one takes two seconds, the distant one a minute. No other is known.
set -eu
case $1 in
  hasty) head -n 5 "files/$2" > "$FLOW_OUT/copy" ;;
  steady)
    sleep 2
    cp "files/$2" "$FLOW_OUT/copy"
    ;;
  distant)
    sleep 60
    cp "files/$2" "$FLOW_OUT/copy"
    ;;
  *)
    echo "no mirror is called $1" >&2
    printf '{"mirror": "%s"}\n' "$1"
    exit 7
    ;;
esac
