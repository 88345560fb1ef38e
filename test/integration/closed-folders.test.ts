// A folder that its rights closed when it was to be watched: watched once they are given.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';

/** Root reads everything; without these two capabilities it is refused like any other user. */
const asOthers =
  process.getuid?.() === 0
    ? [
        'setpriv',
        '--bounding-set=-dac_override,-dac_read_search',
        '--inh-caps=-dac_override,-dac_read_search',
      ]
    : ['env'];

function canDropRights(): boolean {
  const [program = '', ...args] = asOthers;
  return process.platform === 'linux' && spawnSync(program, [...args, 'true']).status === 0;
}

const program = join(import.meta.dirname, '../support/watch-closed-folder.ts');

describe('a closed folder', skipUnless(canDropRights(), 'setpriv cannot drop rights here'), () => {
  test.each(['before', 'after'])('is watched once it is open, closed %s the watch began', async (when) => {
    const root = await tempFolder('closed');
    const [first = '', ...args] = asOthers;
    const done = spawnSync(first, [...args, process.execPath, program, root, when], { encoding: 'utf8' });
    expect(done.stderr).toBe('');
    expect(JSON.parse(done.stdout)).toEqual(expect.arrayContaining(['closed/file', 'closed/inner/file']));
  });
});
