// electron-builder configuration: contents, fuses, preconditions for signing.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';
import type { FuseConfig } from '@electron/fuses';
import { Arch } from 'electron-builder';
import type { AfterPackContext, Configuration } from 'electron-builder';
import { parseChannel } from '../main/adapters/updates/channel.ts';
import { stageDesktopCli } from './stage-with-node.ts';
import { thirdPartyNotices } from './third-party-notices.ts';

const productName = 'Driftless';
const linuxExecutable = 'driftless-desktop';
const entitlementsFile = join(import.meta.dirname, 'entitlements.mac.plist');

/**
 * The end-to-end tests drive a second artefact: Playwright needs Node's inspector, which the real one has switched off.
 * It differs in that fuse and in nothing else, has a folder of its own, and is never published.
 */
const isForTests = process.env['DRIFTLESS_PACKAGE_FOR_TESTS'] === '1';

/** The name on the code-signing certificate: the updater on Windows accepts only an update signed by the same name. */
const publisherName = process.env['DRIFTLESS_PUBLISHER_NAME'];

/** Names every fuse, so that a new one in a later Electron fails the packing until a value is chosen. */
export function fusesFor(platform: string, options: { readonly allowInspector: boolean }): FuseConfig {
  return {
    version: FuseVersion.V1,
    strictlyRequireAllFuses: true,
    // A signed binary must not become a general Node interpreter through an environment variable or a flag.
    [FuseV1Options.RunAsNode]: false,
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: options.allowInspector,
    [FuseV1Options.EnableCookieEncryption]: true,
    // Electron checks the archive on macOS and Windows only.
    [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: platform !== 'linux',
    [FuseV1Options.OnlyLoadAppFromAsar]: true,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
    // Electron's default: V8 then checks WebAssembly bounds by hardware. The page runs no WebAssembly.
    [FuseV1Options.WasmTrapHandlers]: true,
  };
}

/** What notarization takes, in the ways that electron-builder knows; one must be there whole. */
const notarizationKeys = [
  ['APPLE_API_KEY', 'APPLE_API_KEY_ID', 'APPLE_API_ISSUER'],
  ['APPLE_ID', 'APPLE_APP_SPECIFIC_PASSWORD', 'APPLE_TEAM_ID'],
  ['APPLE_KEYCHAIN_PROFILE'],
] as const;

/** An unsigned installer looks like a signed one until it is installed. */
function beforePack(context: { readonly electronPlatformName: string }): Promise<void> {
  const problem = isForTests
    ? null
    : signingProblem(context.electronPlatformName, process.env, process.platform);
  return problem === null ? Promise.resolve() : Promise.reject(new Error(problem));
}

/** A build of a pull request, for which electron-builder signs nothing on macOS, whatever `forceCodeSigning` says. */
const pullRequestKeys = [
  'TRAVIS_PULL_REQUEST',
  'CIRCLE_PULL_REQUEST',
  'BITRISE_PULL_REQUEST',
  'APPVEYOR_PULL_REQUEST_NUMBER',
  'GITHUB_BASE_REF',
] as const;

/**
 * Whether there is a certificate is for `forceCodeSigning`; this is about what electron-builder would go without. `host`: the system
 * that packs.
 */
export function signingProblem(
  platform: string,
  env: Readonly<Record<string, string | undefined>>,
  host: NodeJS.Platform,
): string | null {
  const has = (name: string): boolean => (env[name] ?? '') !== '';
  const pullRequest = pullRequestKeys.find((name) => has(name) && env[name] !== 'false');
  if (platform === 'darwin' && host !== 'darwin')
    return 'a macOS app can be signed on macOS only; electron-builder would pack it unsigned';
  if (platform === 'darwin' && pullRequest !== undefined)
    return `${pullRequest} is set: electron-builder signs no macOS app in a build of a pull request`;
  if (platform === 'win32' && !has('DRIFTLESS_PUBLISHER_NAME'))
    return 'DRIFTLESS_PUBLISHER_NAME is not set: without it an update would be accepted from any publisher';
  if (platform === 'darwin' && !notarizationKeys.some((names) => names.every(has)))
    return `nothing to notarize with: set ${notarizationKeys.map((names) => names.join(', ')).join('; or ')}`;
  return null;
}

/**
 * Fuses, the notices, and the command line beside the app. Before signing, so that the signature covers both. Not electron-builder's own `electronFuses`: the copy of
 * @electron/fuses that it brings does not know the newest fuse, and leaves unnamed ones as they are.
 */
async function afterPack({ electronPlatformName, appOutDir, arch }: AfterPackContext): Promise<void> {
  const programs: Readonly<Record<string, string>> = {
    darwin: `${productName}.app`,
    win32: `${productName}.exe`,
    linux: linuxExecutable,
  };
  const program = programs[electronPlatformName];
  if (program === undefined) throw new Error(`no fuses are known for ${electronPlatformName}`);
  await flipFuses(join(appOutDir, program), {
    ...fusesFor(electronPlatformName, { allowInspector: isForTests }),
    resetAdHocDarwinSignature: electronPlatformName === 'darwin',
  });
  const resources = join(
    appOutDir,
    ...(electronPlatformName === 'darwin' ? [`${productName}.app`, 'Contents', 'Resources'] : ['resources']),
  );
  await writeFile(join(resources, 'THIRD-PARTY-NOTICES.txt'), await thirdPartyNotices());
  await stageDesktopCli(resources, {
    platform: electronPlatformName,
    architecture: arch === Arch.arm64 ? 'arm64' : 'x64',
  });
}

/** Software centres read it; `src=dest` of fpm. */
const metainfo = `${join(import.meta.dirname, 'linux', 'io.github.driftless.metainfo.xml')}=/usr/share/metainfo/io.github.driftless.metainfo.xml`;

/**
 * Where installed programs look for updates: an https address, or `github:owner/name` for its releases. Null: they only say that a newer
 * version is out. Throws without the signed manifest that every update is held to.
 */
export function updateFeed(
  env: Readonly<Record<string, string | undefined>>,
): Exclude<Configuration['publish'], undefined> {
  const feed = env['DRIFTLESS_UPDATE_FEED'] ?? '';
  if (feed === '') return null;
  if (parseChannel(env) === null)
    throw new Error('DRIFTLESS_UPDATE_FEED needs DRIFTLESS_RELEASE_MANIFEST and DRIFTLESS_RELEASE_KEYS');
  const github = /^github:([\w.-]+)[/]([\w.-]+)$/u.exec(feed);
  if (github !== null) return [{ provider: 'github', owner: github[1] ?? '', repo: github[2] ?? '' }];
  if (URL.parse(feed)?.protocol !== 'https:')
    throw new Error('DRIFTLESS_UPDATE_FEED is an https address or github:owner/name');
  return [{ provider: 'generic', url: feed }];
}

/** The project's address, which deb and rpm must name. Without it electron-builder packs them from a clone of GitHub alone. */
export function homepageOf(env: Readonly<Record<string, string | undefined>>): string {
  const { DRIFTLESS_HOMEPAGE: own = '', GITHUB_SERVER_URL: server = '', GITHUB_REPOSITORY: name = '' } = env;
  if (own !== '') return own;
  return server === '' || name === '' ? 'https://driftless.example/' : `${server}/${name}`;
}

const config: Configuration = {
  extraMetadata: { homepage: homepageOf(process.env) },
  appId: 'io.github.driftless',
  productName,
  copyright: 'MIT License',
  directories: { output: isForTests ? 'release/for-tests' : 'release', buildResources: 'build/icons' },
  // The bundles hold every package they need; sources, tests and node_modules stay out.
  files: [
    'package.json',
    'dist/main/**/*.js',
    'dist/preload/index.cjs',
    'dist/renderer/**/*',
    'dist/renderer-files.json',
    'dist/icons/**/*.png',
    '!**/*.map',
    '!node_modules',
    '!node_modules/**/*',
  ],
  asar: true,
  // No native module is used, so there is nothing to rebuild and nothing to unpack.
  npmRebuild: false,
  nodeGypRebuild: false,
  protocols: [{ name: 'Driftless', schemes: ['driftless'] }],
  publish: updateFeed(process.env),
  beforePack,
  afterPack,
  forceCodeSigning: !isForTests,
  // The static runtime needs no libfuse2, and its menu entry starts the program without a switch of its own.
  toolsets: { appimage: '1.0.3' },
  appImage: { executableArgs: [] },
  linux: {
    target: ['AppImage', 'deb', 'rpm'],
    executableName: linuxExecutable,
    category: 'Network;FileTransfer',
    synopsis: 'Keeps a folder and an S3 bucket from drifting apart',
    maintainer: 'The Driftless authors <driftless@users.noreply.github.com>',
    vendor: 'The Driftless authors',
    // The menu entry has the name that Electron gives its windows, `desktopName` of package.json.
    syncDesktopName: true,
  },
  deb: { fpm: [metainfo] },
  rpm: { fpm: [metainfo] },
  mac: {
    // Squirrel.Mac updates from the zip alone.
    target: [
      { target: 'dmg', arch: 'universal' },
      { target: 'zip', arch: 'universal' },
    ],
    category: 'public.app-category.productivity',
    hardenedRuntime: true,
    notarize: !isForTests,
    // electron-builder's own would let libraries that we did not sign into our process, and to our keychain item.
    entitlements: entitlementsFile,
    entitlementsInherit: entitlementsFile,
    darkModeSupport: true,
  },
  win: {
    target: ['nsis'],
    ...(publisherName === undefined ? {} : { signtoolOptions: { publisherName } }),
  },
  // No choice of folder: an installation for everybody in a folder that others may write to is theirs to change.
  nsis: { oneClick: false, perMachine: false, allowToChangeInstallationDirectory: false },
};

export default config;
