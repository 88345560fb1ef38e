#!/bin/sh
# chokidar 6.0.0, where `ignored` leaves out all files so that only folders are watched, on a file system that gives an inode number out
# again at once (ext4): of a folder that is removed and made again it tells nothing, and of a file written into it at once no `raw` event
# comes either. With the files watched as well, it reports the same file.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
printf '{ "private": true }\n' > package.json
npm install --silent --no-audit --no-fund chokidar@6.0.0
cat > again.mjs <<'END'
import { lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { watch } from 'chokidar';
const foldersOnly = process.argv[2] === 'folders';
const root = resolve(foldersOnly ? 'folders' : 'files');
const outs = Array.from({ length: 40 }, (_, at) => `${root}/${at}/out`);
for (const out of outs) mkdirSync(out, { recursive: true });
const ignored = (_path, stats) => foldersOnly && stats !== undefined && !stats.isDirectory();
const watcher = watch(root, { ignoreInitial: true, ignored });
const heard = new Set();
const folders = new Set();
watcher.on('raw', (_event, name, { watchedPath }) => heard.add(`${watchedPath}/${name}`));
watcher.on('add', (path) => heard.add(path));
watcher.on('addDir', (path) => folders.add(path));
await new Promise((ready) => watcher.once('ready', ready));
await pause(1000);
let sameInode = 0;
for (const out of outs) {
  const { ino } = lstatSync(out);
  rmSync(out, { recursive: true });
  mkdirSync(out);
  writeFileSync(`${out}/first`, '');
  if (lstatSync(out).ino === ino) sameInode += 1;
}
await pause(6000);
const files = outs.filter((out) => heard.has(`${out}/first`)).length;
const missed = outs.filter((out) => !heard.has(`${out}/first`) && !folders.has(out)).length;
await watcher.close();
console.log(`${sameInode > 30 ? 'yes' : 'no'} ${files === 40 ? 'all' : 'some'} ${missed > 30 ? 'most' : 'few'}`);
END
whole=$(node again.mjs files)
alone=$(node again.mjs folders)
echo "inode given out again, first files heard, folders of which nothing was heard: with files $whole, folders only $alone"
case "$whole" in no*) echo 'this file system gives out no inode number again: set TMPDIR to one that does, such as ext4'; exit 1 ;; esac
[ "$whole" = 'yes all few' ]
[ "$alone" = 'yes some most' ]
echo 'as found: a folder that is made again is missed where only folders are watched'
