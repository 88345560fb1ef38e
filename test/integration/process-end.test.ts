// The end of a process that does not wait for its calls.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';

const module = pathToFileURL(join(import.meta.dirname, '../../main/adapters/shares/end-process.ts')).href;
/** Of a pipe that does not let its writer wait, as the system shows it. */
const nonBlocking = 0o4000;

test(
  'ends with its code, and leaves its outputs to the next program of a script as they were',
  skipUnless(process.platform === 'linux', 'the flags of a pipe are shown by Linux'),
  async () => {
    const program = join(await tempFolder('end'), 'end.ts');
    writeFileSync(
      program,
      `import { endProcess } from ${JSON.stringify(module)};
      process.stdin.resume();
      process.stderr.write('');
      process.stdout.write('written\\n', () => endProcess(3));`,
    );
    const script = '{ "$0" "$1"; echo "code $?"; for at in 0 1 2; do cat "/proc/self/fdinfo/$at"; done; }';
    const shared = `sleep 1 | { ${script} 2>&1; } | cat`;
    const { stdout } = spawnSync('/bin/sh', ['-c', shared, process.execPath, program], { encoding: 'utf8' });
    expect(stdout).toContain('written\ncode 3\n');
    const flags = [...stdout.matchAll(/^flags:\s*(\d+)$/gmu)].map(([, octal = '']) => parseInt(octal, 8));
    expect(flags).toHaveLength(3);
    expect(flags.filter((each) => (each & nonBlocking) !== 0)).toEqual([]);
  },
);
