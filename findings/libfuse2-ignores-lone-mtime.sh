#!/bin/sh
# bindfs 1.14.7 with libfuse 2.9.9 (Debian 12): a call of utimensat that sets the time of modification and leaves the time of access
# out (UTIME_OMIT, as `touch -m` makes it) answers success and changes nothing; with both times it works. libfuse 2 passes a lone
# time on only to drivers that ask for it, which bindfs and exfat-fuse do not. Needs Linux, root, and /dev/fuse.
set -eu
room=$(mktemp -d)
trap 'umount "$room/mounted" 2>/dev/null || true; rm -rf "$room"' EXIT
cd "$room"
apt-get download -qq bindfs=1.14.7-1 libfuse2=2.9.9-6+b1
for package in ./*.deb; do dpkg-deb -x "$package" programs; done
mkdir behind mounted
LD_LIBRARY_PATH=$(dirname "$(find "$room/programs" -name 'libfuse.so.2' | head -1)")
export LD_LIBRARY_PATH
programs/usr/bin/bindfs behind mounted
unset LD_LIBRARY_PATH
for how in lone both; do printf 'text\n' > "mounted/$how"; done
touch -m -d @1600000000 mounted/lone && answer=$?
touch -d @1600000000 mounted/both
echo "touch -m answered $answer; lone: $(stat -c %Y mounted/lone), both: $(stat -c %Y mounted/both)"
[ "$answer" = 0 ]
[ "$(stat -c %Y mounted/lone)" != 1600000000 ]
[ "$(stat -c %Y mounted/both)" = 1600000000 ]
[ "$(stat -c %Y behind/both)" = 1600000000 ]
echo 'as found: a time of modification that is set by itself is lost without an error'
