// `npm run demo`: a cloud on loopback, two users, a sample folder, and the app on it. `-- --check` runs it unattended.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startLocalCloud } from '../local-cloud/cloud.ts';
import { checkDemo } from './check.ts';
import { openDemo } from './open.ts';
import { writeDemoConfig } from './demo-config.ts';
import { makeSampleFolder } from './sample-folder.ts';

const usage = 'usage: npm run demo [-- --check]\n';

async function main(): Promise<number> {
  let isCheck: boolean;
  try {
    const { values } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
    if (values.help === true) {
      process.stdout.write(
        `${usage}Starts a private cloud on this machine and syncs a sample folder with it.\n`,
      );
      return 0;
    }
    isCheck = values.check === true;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 2;
  }
  // Notices of the provider library go to the console: keep them off the output that scripts read.
  console.info = console.error;
  const room = mkdtempSync(join(tmpdir(), 'driftless-demo-'));
  const cloud = await startLocalCloud({ directory: join(room, 'cloud') });
  try {
    const places = { home: join(room, 'home'), folder: join(room, 'My folder') };
    mkdirSync(places.home, { mode: 0o700 });
    mkdirSync(places.folder);
    makeSampleFolder(places.folder);
    writeDemoConfig(places, cloud.description);
    if (isCheck) return await checkDemo(places, cloud.description);
    const second = { home: join(room, 'second home'), folder: join(room, 'Second computer') };
    return await openDemo(places, second, cloud.description);
  } finally {
    await cloud.stop();
    rmSync(room, { recursive: true, force: true });
  }
}

process.exitCode = await main();
