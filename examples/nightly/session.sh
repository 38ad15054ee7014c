# session.sh: opens a session with the archive. The first one of each night is
# stale, so that one can see what happens then.
case $FLOW_NODE in
  *'#'*) echo fresh ;;
  *) echo stale ;;
esac
