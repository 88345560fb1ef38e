// The development server of `npm run dev`: hot reload under the product's content policy, and who may ask through it.
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentSecurityPolicy } from '../../main/app/page-files.ts';
import { devPolicy, startPageDevServer } from '../dev/page-dev-server.ts';
import type { PageDevServer } from '../dev/page-dev-server.ts';
import { skipUnless } from '../support/skip.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { TempFolder } from '../support/temp.ts';
import { chromiumProgram, openPage, serve, startHarness } from './page-harness.ts';
import type { Harness, Served } from './page-harness.ts';
import { content } from './scenes.ts';

const root = join(import.meta.dirname, '..', '..');

test('the development policy is the product policy and two nonces', () => {
  const relaxed = devPolicy('abc').split('; ');
  const added = relaxed.filter((directive) => !contentSecurityPolicy.split('; ').includes(directive));
  expect(added).toEqual(["script-src 'self' 'nonce-abc'", "style-src 'self' 'nonce-abc'"]);
  expect(contentSecurityPolicy).not.toContain('nonce');
});

describe('the development server', skipUnless(chromiumProgram !== null, 'chromium is not installed'), () => {
  let folder: TempFolder;
  let harness: Harness;
  let engine: Served;
  let dev: PageDevServer;

  beforeAll(async () => {
    folder = await makeTempFolder('page-dev');
    for (const name of ['renderer', 'preload', 'tsconfig.json'])
      await cp(join(root, name), join(folder.path, name), { recursive: true });
    await symlink(join(root, 'node_modules'), join(folder.path, 'node_modules'), 'junction');
    harness = await startHarness();
    engine = await serve(harness, content(Date.now()));
    const signalListeners = process.listenerCount('SIGTERM');
    dev = await startPageDevServer({
      root: folder.path,
      port: 0,
      cacheDir: join(folder.path, 'cache'),
      newLink: () => Promise.resolve(engine.server.newUrl()),
    });
    // The caller stops engine and cloud at a signal, and only then ends the process.
    expect(process.listenerCount('SIGTERM')).toBe(signalListeners);
  });
  afterAll(async () => {
    await dev.close();
    await engine.stop();
    await harness.close();
    await folder.remove();
  });

  test('a saved text or style shows without a reload, and a reload by hand keeps the access', async () => {
    const { page, context, complaints } = await openPage(harness, dev.url);
    await page.getByText('Everything is in sync').first().waitFor();

    await page.evaluate(() => {
      document.body.dataset['sameDocument'] = 'yes';
    });
    const view = join(folder.path, 'renderer', 'views', 'folders', 'status.tsx');
    const source = await readFile(view, 'utf8');
    await writeFile(view, source.replace(': overallKey(snapshot);', ": 'changed.in-sync';"));
    await page.getByText('changed.in-sync').first().waitFor();
    expect(await page.locator('body').getAttribute('data-same-document')).toBe('yes');

    const tokens = join(folder.path, 'renderer', 'styles', 'tokens.css');
    await writeFile(tokens, `${await readFile(tokens, 'utf8')}\nbody { outline: 3px solid rgb(1, 2, 3); }\n`);
    await page.waitForFunction(() => getComputedStyle(document.body).outlineColor === 'rgb(1, 2, 3)');

    await page.reload();
    await page.getByText('changed.in-sync').first().waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('another site gets neither a code nor an answer of the engine', async () => {
    for (const path of ['dev/link', 'api/session']) {
      const answer = await fetch(`${dev.url}${path}`, {
        method: 'POST',
        headers: { origin: 'https://evil.example', 'content-type': 'application/json' },
        body: '{}',
      });
      expect([path, answer.status, await answer.text()]).toEqual([path, 403, '']);
    }
  });
});
