#!/bin/sh
# The installed `driftless`: runs the program with the Node that was packed with it, also through a symbolic link.
self=$0
while [ -h "$self" ]; do
  target=$(readlink "$self")
  case $target in
    /*) self=$target ;;
    *) self=${self%/*}/$target ;;
  esac
done
case $self in
  */*) here=$(cd -P "${self%/*}/.." && pwd) ;;
  *) here=$(cd -P .. && pwd) ;;
esac
# As in the systemd unit: glibc reads these only at a start, and otherwise keeps what many threads have freed.
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}" MALLOC_TRIM_THRESHOLD_="${MALLOC_TRIM_THRESHOLD_:-131072}"
exec "$here/lib/driftless/node" "$here/lib/driftless/bin/driftless.js" "$@"
