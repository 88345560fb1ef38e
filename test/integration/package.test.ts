// Packaging with electron-builder on a stand-in binary: contents and fuses.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { Platform, build } from 'electron-builder';
import { afterAll, beforeAll, expect, test } from 'vitest';
import config, { updateFeed } from '../../build/electron-builder.config.ts';

const root = join(import.meta.dirname, '..', '..');
/** How @electron/fuses finds the wire in a binary; then the wire's version, its length, and one byte per fuse. */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const FUSES = 9;

const withFeed = {
  DRIFTLESS_UPDATE_FEED: 'https://updates.example.com/',
  DRIFTLESS_RELEASE_MANIFEST: 'https://updates.example.com/manifest.json',
  DRIFTLESS_RELEASE_KEYS: Buffer.alloc(32, 7).toString('base64'),
};

let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'driftless-package-'));
});
afterAll(() => {
  rmSync(project, { recursive: true, force: true });
});

function write(path: string, content: string | Buffer, mode = 0o644): void {
  const file = join(project, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content, { mode });
}

/** A project with the files to pack, and around it everything that must not be packed. */
function writeProject(): void {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
  const { name, version, description, license, type, main } = manifest;
  const dependencies = { zod: '*' };
  write('package.json', JSON.stringify({ name, version, description, license, type, main, dependencies }));
  cpSync(join(root, 'node_modules', 'zod', 'package.json'), join(project, 'node_modules/zod/package.json'));
  for (const path of ['dist/main/index.js', 'dist/main/walk-worker.js', 'dist/preload/index.cjs'])
    write(path, '//');
  for (const path of ['dist/renderer/index.html', 'dist/renderer/assets/a.js']) write(path, '.');
  for (const path of ['dist/renderer-files.json', 'dist/icons/tray-paused-22.png']) write(path, '.');
  const unwanted = [
    'main/index.ts',
    'test/local-cloud/main.ts',
    'test/fakes/fake.js',
    'dist/main/index.js.map',
  ];
  for (const path of [...unwanted, 'dist/.built', 'dist/main/notes.txt', '.env', 'build/icons/icon.svg'])
    write(path, 'no');
  const fuses = Buffer.from([1, FUSES, ...Buffer.from('1'.repeat(FUSES))]);
  write(
    'electron/electron',
    Buffer.concat([Buffer.from('head'), Buffer.from(SENTINEL), fuses, Buffer.from('tail')]),
    0o755,
  );
  mkdirSync(join(project, 'electron', 'resources'), { recursive: true });
}

async function pack(): Promise<void> {
  await build({
    projectDir: project,
    publish: 'never',
    targets: Platform.LINUX.createTarget('dir'),
    config: {
      ...config,
      electronDist: join(project, 'electron'),
      electronVersion: '45.4.1',
      publish: updateFeed(withFeed),
      directories: { output: join(project, 'out'), buildResources: join(root, 'build', 'icons') },
    },
  });
}

type AsarNode = { readonly files?: Readonly<Record<string, AsarNode>> };

/** An asar begins with four 32-bit lengths, of which the last is the length of the JSON tree that follows. */
function listAsar(file: string): readonly string[] {
  const archive = readFileSync(file);
  const tree = JSON.parse(archive.subarray(16, 16 + archive.readUInt32LE(12)).toString()) as AsarNode;
  const walk = (node: AsarNode, path: string): readonly string[] =>
    node.files === undefined
      ? [path]
      : Object.entries(node.files).flatMap(([name, child]) =>
          walk(child, path === '' ? name : `${path}/${name}`),
        );
  return walk(tree, '').toSorted();
}

test('the package holds the bundles alone, and every fuse is set as the security rules require', async () => {
  writeProject();
  await pack();
  const out = join(project, 'out', 'linux-unpacked');
  expect(listAsar(join(out, 'resources', 'app.asar'))).toEqual([
    'dist/icons/tray-paused-22.png',
    'dist/main/index.js',
    'dist/main/walk-worker.js',
    'dist/preload/index.cjs',
    'dist/renderer-files.json',
    'dist/renderer/assets/a.js',
    'dist/renderer/index.html',
    'package.json',
  ]);
  expect(readFileSync(join(out, 'resources', 'app-update.yml'), 'utf8')).toContain(
    'provider: generic\nurl: https://updates.example.com/\n',
  );
  const notices = readFileSync(join(out, 'resources', 'THIRD-PARTY-NOTICES.txt'), 'utf8');
  for (const name of ['react', 'zod', '@aws-sdk/client-s3'])
    expect(notices).toMatch(new RegExp(`^${name} \\d.*\\((?:MIT|Apache-2\\.0)\\)$`, 'mu'));
  const wire = await getCurrentFuseWire(join(out, 'driftless-desktop'));
  const isOn = (fuse: FuseV1Options): boolean => wire[fuse] === FuseState.ENABLE;
  expect({
    runAsNode: isOn(FuseV1Options.RunAsNode),
    nodeOptions: isOn(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
    inspect: isOn(FuseV1Options.EnableNodeCliInspectArguments),
    filePrivileges: isOn(FuseV1Options.GrantFileProtocolExtraPrivileges),
    onlyAsar: isOn(FuseV1Options.OnlyLoadAppFromAsar),
    asarIntegrityOnLinux: isOn(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
    cookieEncryption: isOn(FuseV1Options.EnableCookieEncryption),
    browserSnapshot: isOn(FuseV1Options.LoadBrowserProcessSpecificV8Snapshot),
    wasmTraps: isOn(FuseV1Options.WasmTrapHandlers),
  }).toEqual({
    runAsNode: false,
    nodeOptions: false,
    inspect: false,
    filePrivileges: false,
    onlyAsar: true,
    asarIntegrityOnLinux: false,
    cookieEncryption: true,
    browserSnapshot: false,
    wasmTraps: true,
  });
});

test('a feed is https or GitHub, and none is taken without a signed manifest', () => {
  const { DRIFTLESS_UPDATE_FEED: _feed, ...channel } = withFeed;
  expect(updateFeed(channel)).toBeNull();
  expect(() => updateFeed({ DRIFTLESS_UPDATE_FEED: 'https://updates.example.com/' })).toThrow('needs');
  expect(updateFeed({ ...channel, DRIFTLESS_UPDATE_FEED: 'github:someone/driftless' })).toEqual([
    { provider: 'github', owner: 'someone', repo: 'driftless' },
  ]);
  for (const feed of ['http://updates.example.com/', 'github:someone', 'somewhere'])
    expect(() => updateFeed({ ...channel, DRIFTLESS_UPDATE_FEED: feed })).toThrow('https');
});

test('packing for Windows without a publisher name fails', async () => {
  const { beforePack } = config;
  if (typeof beforePack !== 'function') throw new Error('no beforePack');
  await expect(Promise.resolve(beforePack({ electronPlatformName: 'win32' } as never))).rejects.toThrow(
    'DRIFTLESS_PUBLISHER_NAME',
  );
});
