/** A real Chromium for the tests: the system's own, headless, with nothing of it calling home. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright';
import type { Browser } from 'playwright';
import { findProgram } from './programs.ts';

const flags = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--metrics-recording-only',
  '--no-first-run',
];

/** Where there is a Chromium, or null. `DRIFTLESS_CHROMIUM` names one that is elsewhere. */
export function findChromium(): string | null {
  const named = process.env['DRIFTLESS_CHROMIUM'];
  if (named !== undefined && named !== '') return existsSync(named) ? named : null;
  const known = [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ...[process.env['PROGRAMFILES'], process.env['PROGRAMFILES(X86)']]
      .filter((folder) => folder !== undefined)
      .flatMap((folder) => [
        join(folder, 'Google/Chrome/Application/chrome.exe'),
        join(folder, 'Microsoft/Edge/Application/msedge.exe'),
      ]),
  ];
  const onPath = ['chromium', 'chromium-browser', 'google-chrome'].map(findProgram);
  return onPath.find((path) => path !== null) ?? known.find((path) => existsSync(path)) ?? null;
}

/** What is missing for `launchBrowser`, in words for a skip, or null where all is there. */
export function chromiumIsMissing(): string | null {
  return findChromium() === null ? 'no Chromium found (Debian: chromium; or set DRIFTLESS_CHROMIUM)' : null;
}

/** The caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error(chromiumIsMissing() ?? '');
  // Chromium refuses its own sandbox to root; what the tests load is ours and on loopback.
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath,
    args: isRoot ? [...flags, '--no-sandbox'] : flags,
    // A proxy from the environment must not see, or answer, what goes to loopback.
    env: withoutProxies(process.env),
  });
}

function withoutProxies(env: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(env).filter(([name]) => !/^(https?|all|no)_proxy$/i.test(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']));
}
