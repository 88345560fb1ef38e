// Holder of a file's lock, which the scripts name while an installation waits.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { skipUnless } from '../support/skip.ts';
import { tempFolder } from '../support/temp.ts';

const source = pathToFileURL(join(import.meta.dirname, '..', '..', 'build', 'lock-holder.mjs')).href;

function holderOf(path: string): unknown {
  const script = `import { lockHolder } from ${JSON.stringify(source)};
    console.log(JSON.stringify(lockHolder(${JSON.stringify(path)})));`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
  );
}

describe('lock holder', skipUnless(process.platform === 'linux', 'only Linux lists locks'), () => {
  test('the process that holds the lock of a file is named, and nothing once it is free', async () => {
    const path = join(await tempFolder(), 'lock');
    const database = new DatabaseSync(path);
    database.exec('create table held (id integer); begin exclusive');
    expect(holderOf(path)).toBe(String(process.pid));
    database.close();
    expect(holderOf(path)).toBeNull();
    expect(holderOf(join(path, 'missing'))).toBeNull();
  });
});
