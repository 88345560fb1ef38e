#!/usr/bin/env node
// The installed `driftless`: refuses a Node that is too old in words, then runs the bundle beside it.
// Plain JavaScript with nothing new in it, because the old Node must be able to read it.
const oldest = 24;
if (Number(process.versions.node.split('.')[0]) < oldest) {
  process.stderr.write(`driftless: Node ${oldest} or later is needed; this is ${process.version}\n`);
  process.exit(2);
}
// Node 24 still calls node:sqlite experimental; the warning would stand in the output of every verb.
const emitWarning = process.emitWarning;
process.emitWarning = (warning, ...rest) => {
  const kind = typeof rest[0] === 'object' && rest[0] !== null ? rest[0].type : rest[0];
  if (kind !== 'ExperimentalWarning') emitWarning.call(process, warning, ...rest);
};
await import('../dist/cli/driftless.js');
