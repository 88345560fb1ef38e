// `npm run package`: builds dist/ and packs the installers of this platform into release/. Arguments are platform targets (`--dir`).
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Platform, build } from 'electron-builder';
import config from './electron-builder.config.ts';

const root = join(import.meta.dirname, '..');

const built = spawnSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: ['ignore', 2, 2] });
if (built.status !== 0) {
  process.exitCode = 1;
} else {
  // `--dir`: the unpacked app alone, which is what the end-to-end tests start.
  const targets = process.argv.includes('--dir') ? Platform.current().createTarget('dir') : undefined;
  const artefacts = await build({
    projectDir: root,
    config,
    publish: 'never',
    ...(targets === undefined ? {} : { targets }),
  });
  for (const artefact of artefacts) process.stdout.write(`${artefact}\n`);
}
