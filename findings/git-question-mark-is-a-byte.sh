#!/bin/sh
# git 2.39 (Debian 12) matches ignore patterns byte by byte: in a .gitignore `?.txt` matches a.txt and not é.txt (two bytes in
# UTF-8), and `[!a].txt` matches neither é.txt nor any other name that begins beyond ASCII. npm's ignore 7.0.16, which follows
# gitignore, counts characters, so it leaves out files that git tracks. No other of some fifty patterns was seen to differ.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
printf '{ "private": true }\n' > package.json
npm install --silent --no-audit --no-fund ignore@7.0.16
git init -q repo
names='a.txt b.txt é.txt'
seen() {
  for name in $names; do
    if git -C repo check-ignore -q --no-index "$name"; then by_git=yes; else by_git=no; fi
    by_npm=$(node -e "process.stdout.write(require('ignore')().add(process.argv[1]).ignores(process.argv[2]) ? 'yes' : 'no')" "$1" "$name")
    printf '%s git=%s ignore=%s; ' "$name" "$by_git" "$by_npm"
  done
}
check() {
  printf '%s\n' "$1" > repo/.gitignore
  found=$(seen "$1")
  echo "$(git --version), pattern $1: $found"
  [ "$found" = "$2" ]
}
check '?.txt' 'a.txt git=yes ignore=yes; b.txt git=yes ignore=yes; é.txt git=no ignore=yes; '
check '[!a].txt' 'a.txt git=no ignore=no; b.txt git=yes ignore=yes; é.txt git=no ignore=yes; '
echo 'as found: git counts bytes'
