# probe.sh: fails after a second.
sleep 1
echo "the probe found a fault" >&2
exit 1
