#!/bin/sh
# Node 24.21.0: `v8.setFlagsFromString('--semi-space-growth-factor=1')`, called in the main thread once its own young generation has the size
# that it shall keep, also holds for every worker that begins later, and `resourceLimits.maxYoungGenerationSizeMb` of the worker does not
# help: its young generation stays at 2 MiB instead of 128, and the same work takes some thirty times as many minor collections.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
printf '{ "private": true, "allowScripts": { "node": true } }\n' > package.json
npm install --silent --no-audit --no-fund node@24.21.0
cat > see.mjs <<'JS'
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';

const source = `
  const { PerformanceObserver, constants } = require('node:perf_hooks');
  const { parentPort } = require('node:worker_threads');
  let minor = 0;
  new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MINOR) minor += 1;
  }).observe({ entryTypes: ['gc'] });
  const kept = Array.from({ length: 30_000 });
  let step = 0;
  const work = () => {
    for (let left = 100_000; left > 0; left -= 1, step += 1) kept[step % kept.length] = { step, row: [step] };
    if (step < 5_000_000) setImmediate(work);
    else setTimeout(() => parentPort.postMessage(minor), 100);
  };
  work();
`;

async function collections() {
  const worker = new Worker(source, { eval: true, resourceLimits: { maxYoungGenerationSizeMb: 64 } });
  const [minor] = await once(worker, 'message');
  await worker.terminate();
  return minor;
}

const before = await collections();
setFlagsFromString('--semi-space-growth-factor=1');
const after = await collections();
console.log(`minor collections of the worker: ${before} before, ${after} after the flag was set in the main thread`);
process.exit(after > 5 * before ? 0 : 1);
JS
node_modules/node/bin/node see.mjs
echo 'as described'
