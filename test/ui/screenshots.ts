// `npm run screenshots`: pictures of every view and state, in light, dark and narrow, into docs/screenshots/.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { openPage, serve, startHarness } from './page-harness.ts';
import type { Harness, Look } from './page-harness.ts';
import { act } from './scene-steps.ts';
import { scenes } from './scenes.ts';
import type { Scene } from './scenes.ts';

/** The folder, and the names of the scenes if not all. */
const target = process.argv[2] ?? join(import.meta.dirname, '..', '..', 'docs', 'screenshots');

const wanted = process.argv.slice(3);

const looks: readonly { readonly suffix: string; readonly look: Look; readonly only?: readonly string[] }[] =
  [
    { suffix: 'light', look: { colorScheme: 'light' } },
    { suffix: 'dark', look: { colorScheme: 'dark' } },
    {
      suffix: 'narrow',
      look: { colorScheme: 'light', width: 360, height: 720 },
      only: [
        ...[
          'in-sync',
          'activity',
          'problems-view',
          'settings',
          'syncing',
          'problems',
          'guard-dialog',
          'plan-dialog',
          'welcome',
          'hostile-names',
          'choose-folders',
        ],
        ...['no-accounts', 'profile', 'profile-foreign', 'profile-refused', 'reaches-more'],
      ],
    },
  ];

function isWanted({ name }: Scene, only: readonly string[] | undefined): boolean {
  return (only === undefined || only.includes(name)) && (wanted.length === 0 || wanted.includes(name));
}

async function photograph(harness: Harness, scene: Scene, suffix: string, look: Look): Promise<void> {
  const nowMs = Date.now();
  const answers = scene.answers?.(nowMs);
  const served = await serve(harness, scene.content(nowMs), answers === undefined ? {} : { answers });
  const { page, context } = await openPage(harness, served.server.url, look);
  await page.locator('.page').waitFor();
  await act(page, scene);
  const fullPage = scene.open === undefined;
  await writeFile(join(target, `${scene.name}-${suffix}.png`), squeezed(await page.screenshot({ fullPage })));
  await context.close();
  await served.stop();
}

/** The same picture packed tighter: Chromium packs for speed, and these lie in the repository. */
function squeezed(png: Buffer): Buffer {
  const packed: Buffer[] = [];
  const parts = [png.subarray(0, 8)];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const kind = png.toString('latin1', at + 4, at + 8);
    if (kind === 'IDAT') packed.push(png.subarray(at + 8, at + 8 + length));
    if (kind === 'IEND')
      parts.push(chunk('IDAT', deflateSync(inflateSync(Buffer.concat(packed)), { level: 9, memLevel: 9 })));
    if (kind !== 'IDAT') parts.push(png.subarray(at, at + 12 + length));
    at += 12 + length;
  }
  return Buffer.concat(parts);
}

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

await mkdir(target, { recursive: true });
const harness = await startHarness();
try {
  for (const { suffix, look, only } of looks) {
    for (const scene of scenes.filter((each) => isWanted(each, only))) {
      await photograph(harness, scene, suffix, look);
    }
  }
} finally {
  await harness.close();
}
