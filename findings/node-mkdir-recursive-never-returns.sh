#!/bin/sh
# Node 24.21.0 on Linux: fs.mkdirSync(path, { recursive: true }) below a directory in which mkdir(2) answers ENOENT (/proc) never
# returns and keeps one core busy, where it should throw ENOENT as `mkdir -p` does at once. The promise form never settles either.
# Seen: both calls were still running after five seconds. Fails when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "allowScripts": { "node": true } }' > package.json
npm install --no-audit --no-fund --loglevel=error node@24.21.0
node=$folder/node_modules/node/bin/node
"$node" --version
if mkdir -p /proc/nowhere/below 2> said; then echo 'mkdir -p made it'; exit 1; fi
cat said

still_runs() {
  code=0
  timeout 5 "$node" -e "$1" || code=$?
  [ "$code" = 124 ] || { echo "changed: ended with $code"; exit 1; }
}
still_runs "try { require('fs').mkdirSync('/proc/nowhere/below', { recursive: true }) } catch { process.exit(3) }"
still_runs "require('fs').promises.mkdir('/proc/nowhere/below', { recursive: true }).catch(() => process.exit(3))"
echo 'as described: neither call returned within five seconds'
