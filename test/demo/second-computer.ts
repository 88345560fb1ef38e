// Second computer of the demo: another home and folder, signed in as alice, kept in sync by an engine of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { personOf } from '../local-cloud/client-kit.ts';
import type { CloudDescription } from '../local-cloud/cloud.ts';
import { signInByCli } from '../support/driftless-cli.ts';
import type { DemoPlaces } from './demo-config.ts';
import { writeDemoConfig } from './demo-config.ts';

const root = join(import.meta.dirname, '..', '..');

export type SecondComputer = { stop(): Promise<void> };

/** Resolves once it is signed in; it begins to sync by itself. */
export async function startSecondComputer(
  places: DemoPlaces,
  cloud: CloudDescription,
): Promise<SecondComputer> {
  mkdirSync(places.home, { recursive: true, mode: 0o700 });
  mkdirSync(places.folder, { recursive: true });
  writeDemoConfig(places, cloud, 'second computer');
  const login = await signInByCli(places.home, personOf(cloud, 'alice'));
  if (login.code !== 0) throw new Error(`the second computer is not signed in: ${login.stderr}`);
  const args = ['main/cli/cli.ts', 'serve', '--no-page', '--home', places.home];
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'ignore' });
  const closed = once(child, 'close');
  return {
    async stop() {
      child.kill('SIGTERM');
      await closed;
    },
  };
}
