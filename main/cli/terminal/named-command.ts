// Commands that are named to the user, with the home that this one was given.
import { homeDirectory } from '../../adapters/system/home/data-dir.ts';

/** Option that other commands need to find this home; empty for the usual one. */
export function homeOption(home: string): string {
  if (home === homeDirectory(null)) return '';
  return ` --home ${/[\s"']/u.test(home) ? JSON.stringify(home) : home}`;
}

/** @param text of ours, in which commands stand in quotes; not with names of the user's, which may look like one */
export function withHome(home: string, text: string): string {
  const option = homeOption(home);
  return text.replace(/"(driftless [^"]+)"/gu, (_quoted, command: string) => `"${command}${option}"`);
}
