#!/bin/sh
# Node 24.21.0 (V8 13.6): `node --v8-options` lists 3000 as the default of --invocation-count-for-turbofan, but 10000 is in effect.
# A function that ran 8,000 times is not compiled by TurboFan; with the listed default given as an option it is. Who sets the
# listed number to get back to the default also gets other flags: V8 then refuses the compiled code that Node carries.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
printf '{ "private": true, "allowScripts": { "node": true } }\n' > package.json
npm install --silent --no-audit --no-fund node@24.21.0
node=node_modules/node/bin/node
listed=$("$node" --v8-options | grep -A1 -- '--invocation-count-for-turbofan ' | sed -n 's/.*default: --invocation-count-for-turbofan=//p')
tag() { "$node" "$@" -p 'require("node:v8").cachedDataVersionTag()'; }
cat > often.mjs <<'END'
const steps = Array.from({ length: 200 }, (_, index) => `value += ${index} % (value + 1);`).join(' ');
const often = new Function('value', `${steps} return value;`);
for (let call = 0, last = 0; call < 8000; call += 1) {
  last = often(last) % 1000;
  if (call % 100 === 0) await new Promise(setImmediate);
}
END
turbofan() { "$node" "$@" --trace-opt often.mjs | grep -q 'marking .*TURBOFAN' && echo yes || echo no; }
echo "Node $("$node" --version): listed $listed; flags as without options: 3000 $([ "$(tag)" = "$(tag --invocation-count-for-turbofan=3000)" ] && echo yes || echo no), 10000 $([ "$(tag)" = "$(tag --invocation-count-for-turbofan=10000)" ] && echo yes || echo no)"
echo "compiled by TurboFan after 8,000 calls: without the option $(turbofan), with 3000 $(turbofan --invocation-count-for-turbofan=3000)"
[ "$listed" = 3000 ]
[ "$(tag)" != "$(tag --invocation-count-for-turbofan=3000)" ]
[ "$(tag)" = "$(tag --invocation-count-for-turbofan=10000)" ]
[ "$(turbofan)" = no ]
[ "$(turbofan --invocation-count-for-turbofan=3000)" = yes ]
echo 'as found: the listed default is not the one in effect'
