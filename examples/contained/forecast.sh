# forecast.sh PLACE: prints the weather there, or exits 3 where nobody knows it.
set -eu
case $1 in
  "the city") echo sunny ;;
  "the hills") echo rain ;;
  *)
    echo "no station near $1" >&2
    printf '{"place": "%s"}\n' "$1"
    exit 3
    ;;
esac
