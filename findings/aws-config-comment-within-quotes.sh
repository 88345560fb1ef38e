#!/bin/sh
# @smithy/shared-ini-file-loader 4.7.2 (the AWS SDK for JavaScript) ends a value of ~/.aws/config at white space before "#" or ";", also between
# double quotes, so that `credential_process = "/opt/a #1/tool" work` becomes `"/opt/a`. botocore 1.29.27 (the AWS CLI, Debian 12) keeps the whole line.
# One path with such a folder in it works for one of the two only.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
printf '{ "private": true }\n' > package.json
npm install --silent --no-audit --no-fund @smithy/shared-ini-file-loader@4.7.2
apt-get download -qq python3-botocore=1.29.27+repack-1 python3-jmespath python3-dateutil python3-urllib3 python3-six
for package in ./*.deb; do dpkg-deb -x "$package" programs; done
cat > config <<'INI'
[profile number]
credential_process = "/opt/a #1/tool" work
[profile list]
credential_process = "/opt/a ;b/tool" work
[profile joined]
credential_process = "/opt/a#1/tool" work
INI
cat > see.mjs <<'JS'
import { loadSharedConfigFiles } from '@smithy/shared-ini-file-loader';
const { configFile } = await loadSharedConfigFiles({ configFilepath: 'config', filepath: 'none' });
for (const name of ['number', 'list', 'joined']) console.log(`${name}: ${configFile[name].credential_process}`);
JS
cat > see.py <<'PY'
from botocore.configloader import load_config
profiles = load_config('config')['profiles']
for name in ['number', 'list', 'joined']:
    print(name + ': ' + profiles[name]['credential_process'])
PY
touch none
echo 'the SDK for JavaScript:'
node see.mjs | tee sdk
echo 'botocore:'
PYTHONPATH=programs/usr/lib/python3/dist-packages python3 see.py | tee cli
printf 'number: "/opt/a\nlist: "/opt/a\njoined: "/opt/a#1/tool" work\n' | cmp - sdk
printf 'number: "/opt/a #1/tool" work\nlist: "/opt/a ;b/tool" work\njoined: "/opt/a#1/tool" work\n' | cmp - cli
echo 'as described'
