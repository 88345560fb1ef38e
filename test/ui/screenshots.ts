// `npm run screenshots`: pictures of every view and state. Light, dark and narrow go into docs/screenshots/; zoom, high contrast,
// right to left and German are for looking at, and go into dist/screenshots/.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { openPage, serve, startHarness } from './page-harness.ts';
import type { Harness, Look } from './page-harness.ts';
import { act } from './scene-steps.ts';
import { scenes } from './scenes.ts';
import type { Scene } from './scenes.ts';

const root = join(import.meta.dirname, '..', '..');

/** One folder for all pictures in place of the two, and the names of the scenes if not all. */
const given = process.argv[2];
const kept = given ?? join(root, 'docs', 'screenshots');
const lookedAt = given ?? join(root, 'dist', 'screenshots');

const wanted = process.argv.slice(3);

type Kind = {
  readonly suffix: string;
  readonly look: Look;
  readonly only?: readonly string[];
  /** Default: `kept`. */
  readonly target?: string;
  /** After the steps to the scene, which go by English names. */
  readonly then?: { readonly language?: 'de'; readonly direction?: 'rtl' };
};

const looks: readonly Kind[] = [
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
  // What a browser's zoom of 200 % makes of a window of 1120 x 800.
  { suffix: 'zoomed', look: { width: 560, height: 400, zoom: 2 }, target: lookedAt },
  { suffix: 'contrast', look: { forcedColors: 'active' }, target: lookedAt },
  { suffix: 'rtl', look: {}, target: lookedAt, then: { direction: 'rtl' } },
  { suffix: 'german', look: {}, target: lookedAt, then: { language: 'de' } },
];

function isWanted({ name }: Scene, only: readonly string[] | undefined): boolean {
  return (only === undefined || only.includes(name)) && (wanted.length === 0 || wanted.includes(name));
}

async function photograph(harness: Harness, scene: Scene, kind: Kind): Promise<void> {
  const { suffix, look, target = kept, then = {} } = kind;
  const nowMs = Date.now();
  const answers = scene.answers?.(nowMs);
  const served = await serve(harness, scene.content(nowMs), answers === undefined ? {} : { answers });
  const { page, context } = await openPage(harness, served.server.url, look);
  await page.locator('.page').waitFor();
  await act(page, scene);
  const { language, direction } = then;
  if (language !== undefined) {
    served.backend.change((now) => ({ ...now, settings: { ...now.settings, language } }));
    await page.locator(`html[lang="${language}"]`).waitFor();
  }
  if (direction !== undefined)
    await page.evaluate((dir) => {
      document.documentElement.dir = dir;
    }, direction);
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

for (const folder of [kept, lookedAt]) await mkdir(folder, { recursive: true });
const harness = await startHarness();
try {
  for (const kind of looks) {
    for (const scene of scenes.filter((each) => isWanted(each, kind.only))) {
      await photograph(harness, scene, kind);
    }
  }
} finally {
  await harness.close();
}
