/** A screen for a program with windows: the machine's own, or an Xvfb that lives as long as the test. */
import { spawn } from 'node:child_process';
import { findProgram } from './programs.ts';
import { waitFor } from './wait-for.ts';

export type Display = { readonly env: Readonly<Record<string, string>>; readonly close: () => void };

/** What is missing, in words for a skip, or null. */
export function displayIsMissing(): string | null {
  if (process.platform !== 'linux' || process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']) return null;
  return findProgram('Xvfb') === null ? 'no display and no Xvfb (Debian: xvfb)' : null;
}

export async function openDisplay(): Promise<Display> {
  const xvfb = findProgram('Xvfb');
  const hasOwn = process.platform !== 'linux' || process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'];
  if (hasOwn || xvfb === null) return { env: {}, close: () => undefined };
  // Xvfb picks a free display itself and writes its number to file descriptor 3 once it answers.
  const child = spawn(xvfb, ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stdio[3]?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const number = await waitFor(() => /^(\d+)\n/.exec(said)?.[1], { what: 'Xvfb' });
  return {
    env: { DISPLAY: `:${number}` },
    close: () => {
      child.kill();
    },
  };
}
