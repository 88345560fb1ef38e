#!/bin/sh
# Node 24.21.0: fs.cpSync with preserveTimestamps drops what is below a millisecond and then rounds through a double: the copy of
# a file of second 20.123456789 has 20.122999906, so it is older than its original even in milliseconds. fs.utimesSync rounds a
# time that is given in text with nine digits, too: '1700000000.123456789' becomes ....123456716. Tools that compare times to the
# nanosecond (rclone sync) or ask which file is newer (make) take such a copy for another, older file.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
printf '{ "private": true, "allowScripts": { "node": true } }\n' > package.json
npm install --silent --no-audit --no-fund node@24.21.0
node=node_modules/node/bin/node
printf 'text\n' > original
touch -d '2023-11-14 22:13:20.123456789 UTC' original
"$node" -e "require('fs').cpSync('original', 'copy', { preserveTimestamps: true })"
printf 'text\n' > told
"$node" -e "require('fs').utimesSync('told', '1700000000.123456789', '1700000000.123456789')"
ns() { TZ=UTC stat -c %y "$1" | cut -d. -f2 | cut -d' ' -f1; }
echo "Node $("$node" --version): original $(ns original), copy $(ns copy), told $(ns told)"
[ "$(ns original)" = 123456789 ]
[ "$(ns copy)" = 122999906 ]
[ "$(ns told)" = 123456716 ]
[ original -nt copy ]
echo 'as found: the copy is older than its original'
