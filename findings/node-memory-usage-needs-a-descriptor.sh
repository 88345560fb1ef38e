#!/bin/sh
# Node 24.21.0 on Linux: in a process whose descriptors are used up, `process.memoryUsage()` and `process.memoryUsage.rss()` throw EMFILE,
# and `os.cpus()` returns an empty list, because they open a file of /proc; with /proc not mounted (a chroot) the former throw ENOENT. The manual
# names no error for them. `process.resourceUsage()` answers all the same, with the greatest memory so far.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
printf '{ "private": true }\n' > package.json
npm install --silent --no-audit --no-fund node@24.21.0
cat > full.cjs <<'END'
const { closeSync, openSync } = require('node:fs');
const { cpus } = require('node:os');
const held = [];
try {
  for (;;) held.push(openSync('/dev/null'));
} catch {}
const code = (ask) => {
  try {
    ask();
    return 'answers';
  } catch (error) {
    return error.code;
  }
};
const found = [
  code(() => process.memoryUsage()),
  code(() => process.memoryUsage.rss()),
  `${cpus().length} processors`,
  process.resourceUsage().maxRSS > 1000 ? 'a greatest memory' : 'nothing',
];
for (const descriptor of held) closeSync(descriptor);
console.log(found.join(', '));
END
ulimit -n 64
found=$(node_modules/.bin/node full.cjs)
echo "$found"
[ "$found" = 'EMFILE, EMFILE, 0 processors, a greatest memory' ]
echo 'as found: memoryUsage throws without a free descriptor'
