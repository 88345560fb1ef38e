/**
 * `npm run coverage`: line and branch coverage of main and preload by the tests that need nothing but Node, with a floor
 * for each part. Apart from `npm test`, because V8's counters make these tests half as slow again. The report is coverage/index.html.
 */
import { dirname } from 'node:path';
import { startVitest } from 'vitest/node';
import { fastKinds, tierVariable } from '../test/sizes.ts';

const root = dirname(import.meta.dirname);

type Floor = { readonly lines: number; readonly branches: number };

/** In percent, a little below what was measured. Adapters, app and shell have most of their tests in the kinds with servers. */
const floors: Readonly<Record<string, Floor>> = {
  'main/core/**': { lines: 97, branches: 92 },
  'main/sync/**': { lines: 82, branches: 72 },
  'main/adapters/**': { lines: 40, branches: 35 },
  'main/app/**': { lines: 36, branches: 32 },
  'preload/**': { lines: 80, branches: 65 },
};

// Before vitest reads its configuration, which asks for it.
process.env[tierVariable] = 'fast';
const vitest = await startVitest(process.argv.slice(2), {
  root,
  watch: false,
  project: [...fastKinds],
  coverage: {
    enabled: true,
    provider: 'v8',
    include: ['main/**/*.ts', 'preload/**/*.ts'],
    reporter: ['text-summary', 'json-summary', 'html'],
    reportsDirectory: 'coverage',
    reportOnFailure: true,
    thresholds: floors,
  },
});
await vitest.close();
