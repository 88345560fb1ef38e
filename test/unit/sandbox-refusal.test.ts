// Refusal of an installed app to start without Chromium's sandbox.
import { afterEach, expect, test, vi } from 'vitest';
import { refuseWithoutSandbox } from '../../main/shell/window/security.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

async function startWith(options: {
  readonly switches?: readonly string[];
  readonly isPackaged?: boolean;
  readonly locale?: string;
}) {
  const seen: string[] = [];
  const app = {
    isPackaged: options.isPackaged ?? true,
    commandLine: { hasSwitch: (name: string) => options.switches?.includes(name) === true },
    getLocale: () => options.locale ?? 'en-GB',
    whenReady: () => Promise.resolve(),
    exit: (code?: number) => void seen.push(`exit ${String(code)}`),
  };
  const dialog = { showErrorBox: (_title: string, text: string) => void seen.push(text) };
  const isRefused = refuseWithoutSandbox(app as never, dialog);
  await Promise.resolve();
  return { isRefused, seen };
}

test.each(['no-sandbox', 'single-process', 'disable-seccomp-filter-sandbox'])(
  'an installed app refuses to start with --%s',
  async (name) => {
    const { isRefused, seen } = await startWith({ switches: [name] });
    expect(isRefused).toBe(true);
    expect(seen).toEqual([expect.stringMatching(/deb or rpm/), 'exit 2']);
  },
);

test('the refusal is in the language of the system', async () => {
  const { seen } = await startWith({ switches: ['no-sandbox'], locale: 'de-AT' });
  expect(seen).toEqual([expect.stringMatching(/deb- oder rpm-Paket/), 'exit 2']);
});

test("an installed app refuses to start with Electron's own no-sandbox variable", async () => {
  vi.stubEnv('ELECTRON_DISABLE_SANDBOX', '1');
  expect((await startWith({})).isRefused).toBe(true);
});

test('the app starts with the sandbox, and in a checkout', async () => {
  expect(await startWith({ switches: ['hidden'] })).toEqual({ isRefused: false, seen: [] });
  expect(await startWith({ switches: ['no-sandbox'], isPackaged: false })).toEqual({
    isRefused: false,
    seen: [],
  });
});
