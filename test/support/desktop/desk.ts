// Desk for the scenarios of the desktop app: cloud, home, folder, and the app on both drivers.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Browser, BrowserContextOptions, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { findElectron } from '../../../build/electron-program.ts';
import { personOf, s3Client } from '../../local-cloud/client-kit.ts';
import { startLocalCloud } from '../../local-cloud/cloud.ts';
import type { LocalCloud, LocalCloudOptions } from '../../local-cloud/cloud.ts';
import { chromiumIsMissing, launchBrowser } from '../chromium.ts';
import type { ConfigText } from '../device.ts';
import { displayIsMissing } from '../display.ts';
import { cloudConfig, signInAtProvider } from '../page-scenario.ts';
import { skipUnless, skipUnlessElectron } from '../skip.ts';
import { makeTempFolder } from '../temp.ts';
import type { TempFolder } from '../temp.ts';
import { waitFor } from '../wait-for.ts';
import type { DesktopApp, DesktopDriver, DesktopSystem } from './driver.ts';
import { startRealElectron } from './real-electron.ts';
import { startStandIn } from './stand-in.ts';

const root = join(import.meta.dirname, '..', '..', '..');
/** Enough for a sign-in and a first sync on a machine that does much else. */
const patience = { timeout: 60_000 };

/** New for each scenario, but for driver and browser. */
export type Desk = {
  readonly browser: Browser;
  readonly cloud: LocalCloud;
  /** Alice. */
  readonly user: LocalCloud['description']['users'][number];
  /** Holds `home` and `folder`, and is removed after the scenario. */
  readonly room: string;
  readonly home: string;
  /** The folder of the pair `docs`. */
  readonly folder: string;
  /** As it was started last. */
  readonly app: DesktopApp;
  readonly page: Page;
  /** Writes the settings of one account and one pair on the cloud, with what `change` does to them. */
  configure(change?: (config: ConfigText) => void): Promise<void>;
  readonly config: () => Promise<ConfigText>;
  start(system?: DesktopSystem): Promise<void>;
  /** In the browser that the app has asked the system to open. */
  signInAtProvider(options?: BrowserContextOptions): Promise<void>;
  /** Presses the page's button first, and ends when all is in sync. */
  signIn(): Promise<void>;
  untilInSync(): Promise<void>;
  openTab(name: string): Promise<void>;
  /** Opens the menu of a button by the beginning of its name, and presses one of its items. */
  choose(button: RegExp, item: string): Promise<void>;
  /** As another client: below the user's own prefix. */
  readonly bucket: Bucket;
};

export type Bucket = {
  put(path: string, content: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Null where there is none. */
  read(path: string): Promise<string | null>;
  bytes(path: string): Promise<Buffer>;
  /** Waits until the object has this content. */
  has(path: string, content: string): Promise<void>;
  /** Waits until there is no such object. */
  lacks(path: string): Promise<void>;
};

/** Waits until the file on the disk has this content. */
export async function diskHas(path: string, content: string): Promise<void> {
  await waitFor(async () => (await readFile(path, 'utf8')) === content, {
    what: `${path} with its content`,
  });
}

/** The same scenarios in Electron, where its program is installed, and on the stand-in. */
export function desktopScenarios(
  title: string,
  scenarios: (desk: Desk) => void,
  options: Partial<LocalCloudOptions> = {},
): void {
  const program = findElectron(root, process.env);
  const noElectron = program.kind === 'missing' ? program.reason : displayIsMissing();
  const noBrowser = chromiumIsMissing();
  const lacking = noElectron ?? noBrowser;
  describe(
    `${title} in Electron`,
    skipUnlessElectron(lacking === null, `the stand-in ran in its place: ${lacking ?? ''}`),
    () => {
      scenarios(deskOf(() => startRealElectron(root), options));
    },
  );
  describe(`${title} in the stand-in for Electron`, skipUnless(noBrowser === null, noBrowser ?? ''), () => {
    scenarios(deskOf(startStandIn, options));
  });
}

function deskOf(startDriver: () => Promise<DesktopDriver>, options: Partial<LocalCloudOptions>): Desk {
  let driver: DesktopDriver;
  let browser: Browser;
  let temp: TempFolder;
  let cloud: LocalCloud;
  let app: DesktopApp | null;
  let client: S3Client;

  beforeAll(async () => {
    driver = await startDriver();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await driver.close();
  });
  beforeEach(async () => {
    app = null;
    temp = await makeTempFolder('desktop');
    cloud = await startLocalCloud({ directory: join(temp.path, 'cloud'), ...options });
    client = s3Client(cloud.description, cloud.description.admin);
    await mkdir(join(temp.path, 'folder'));
    await mkdir(join(temp.path, 'home'));
  });
  afterEach(async () => {
    await app?.quit();
    client.destroy();
    await cloud.stop();
    await temp.remove();
  });

  const desk: Desk = {
    get browser() {
      return browser;
    },
    get cloud() {
      return cloud;
    },
    get user() {
      return personOf(cloud.description, 'alice');
    },
    get room() {
      return temp.path;
    },
    get home() {
      return join(temp.path, 'home');
    },
    get folder() {
      return join(temp.path, 'folder');
    },
    get app() {
      if (app === null) throw new Error('the app was not started');
      return app;
    },
    get page() {
      return desk.app.page;
    },
    async configure(change) {
      const config = JSON.parse(cloudConfig(cloud.description, desk.folder)) as ConfigText;
      change?.(config);
      await writeFile(join(desk.home, 'config.json'), JSON.stringify(config, null, 2));
    },
    config: async () => JSON.parse(await readFile(join(desk.home, 'config.json'), 'utf8')) as ConfigText,
    async start(system) {
      app = await driver.start(desk.home, system);
    },
    async signInAtProvider(context) {
      await signInAtProvider(browser, await desk.app.openedUrl(), desk.user, context);
    },
    async signIn() {
      await desk.page
        .getByRole('button', { name: /^Sign in with / })
        .first()
        .click();
      await desk.signInAtProvider();
      await desk.untilInSync();
    },
    async untilInSync() {
      await desk.page.getByRole('heading', { level: 1, name: 'Everything is in sync' }).waitFor(patience);
    },
    async openTab(name) {
      await desk.page.getByRole('tab', { name }).click();
    },
    async choose(button, item) {
      await desk.page.getByRole('button', { name: button }).first().click();
      await desk.page.getByRole('menuitem', { name: item }).click();
    },
    bucket: {
      async put(path, content) {
        await client.send(new PutObjectCommand({ ...place(path), Body: content }));
      },
      async remove(path) {
        await client.send(new DeleteObjectCommand(place(path)));
      },
      async bytes(path) {
        const { Body } = await client.send(new GetObjectCommand(place(path)));
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      },
      async read(path) {
        try {
          return (await desk.bucket.bytes(path)).toString('utf8');
        } catch (error) {
          if (error instanceof Error && error.name === 'NoSuchKey') return null;
          throw error;
        }
      },
      async has(path, content) {
        await waitFor(async () => (await desk.bucket.read(path)) === content, {
          what: `${path} in the bucket`,
        });
      },
      async lacks(path) {
        await waitFor(async () => (await desk.bucket.read(path)) === null, {
          what: `a bucket without ${path}`,
        });
      },
    },
  };
  return desk;

  function place(path: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: cloud.description.bucket, Key: `users/${desk.user.sub}/${path}` };
  }
}
