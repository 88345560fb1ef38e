// Full paths of programs that belong to Windows.

/** By its bare name it is looked for in the current folder first: perhaps a synced one, into which others may put such a program. */
export function windowsProgram(name: string, env: Readonly<Record<string, string | undefined>>): string {
  const root = env['SystemRoot'] ?? '';
  return `${/^[A-Za-z]:\\/u.test(root) ? root.replace(/\\$/u, '') : 'C:\\Windows'}\\System32\\${name}.exe`;
}
