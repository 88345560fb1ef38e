// The local cloud as a command: node test/local-cloud/main.ts --port P --dir D. Its first line of output describes it as JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startLocalCloud } from './cloud.ts';

const usage = 'usage: main.ts [--port P] [--dir D] [--bucket NAME] [--region NAME]\n';

function optionsOf() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '0' },
        dir: { type: 'string' },
        bucket: { type: 'string' },
        region: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exit(2);
  }
}

const values = optionsOf();
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65_534) {
  process.stderr.write(usage);
  process.exit(2);
}
// Notices of the provider library go to the console: keep them off the output that scripts read.
console.info = console.error;
const directory = values.dir ?? mkdtempSync(join(tmpdir(), 'local-cloud-'));
try {
  const cloud = await startLocalCloud({
    directory,
    port,
    ...(values.bucket === undefined ? {} : { bucket: values.bucket }),
    ...(values.region === undefined ? {} : { region: values.region }),
  });
  process.stdout.write(`${JSON.stringify(cloud.description)}\n`);
  let isStopping = false;
  const stop = (): void => {
    // Ctrl+C comes from the terminal and from npm.
    if (isStopping) return;
    isStopping = true;
    void cloud.stop().then(() => {
      if (values.dir === undefined) rmSync(directory, { recursive: true, force: true });
      process.exit(0);
    });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
} catch (error) {
  process.stderr.write(
    `The local cloud could not start: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(1);
}
