/**
 * `npm run package`: builds dist/ and packs the installers of this platform into release/. `--dir` packs the unpacked app
 * alone; `--npm` and `--cli` pack the command line instead, as an npm package (`--name @scope/name`) or with its own Node
 * for Linux (`--arch x64`, repeatable; both without it). `--templates` writes the CloudFormation template with parameters and
 * the Terraform module. `--out DIR` is where these go. `--sums` adds the
 * list of what is inside (CycloneDX) and SHA256SUMS over all of it.
 */
import { spawnSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Platform, build } from 'electron-builder';
import config from './electron-builder.config.ts';
import { fetchProblem } from './fetch-problem.ts';
import { architectures } from './node-binary.ts';
import { writeAdminTemplates } from './admin-templates.ts';
import { packCli } from './package-cli.ts';
import { defaultNpmName, packNpm } from './package-npm.ts';
import { writeReleaseFiles } from './release-files.ts';

const root = join(import.meta.dirname, '..');

const { values } = parseArgs({
  options: {
    dir: { type: 'boolean', default: false },
    npm: { type: 'boolean', default: false },
    cli: { type: 'boolean', default: false },
    templates: { type: 'boolean', default: false },
    name: { type: 'string', default: defaultNpmName },
    sums: { type: 'boolean', default: false },
    arch: { type: 'string', multiple: true, default: [...architectures] },
    out: { type: 'string', default: join(root, 'release') },
  },
});

async function packDesktop(): Promise<readonly string[]> {
  // `--dir`: the unpacked app alone, which is what the end-to-end tests start.
  const targets = values.dir ? Platform.current().createTarget('dir') : undefined;
  return build({
    projectDir: root,
    config,
    publish: 'never',
    ...(targets === undefined ? {} : { targets }),
  });
}

async function packCommandLine(): Promise<readonly string[]> {
  const out = resolve(values.out);
  const unknown = values.arch.find((name) => !architectures.some((each) => each === name));
  if (unknown !== undefined) throw new Error(`--arch is ${architectures.join(' or ')}, not ${unknown}`);
  const wanted = architectures.filter((each) => values.arch.includes(each));
  return [
    ...(values.npm ? [await packNpm({ name: values.name, out })] : []),
    ...(values.cli ? await packCli({ architectures: wanted, out }) : []),
    ...(values.templates ? await writeAdminTemplates(out) : []),
  ];
}

async function packAndList(): Promise<void> {
  const artefacts =
    values.npm || values.cli || values.templates ? await packCommandLine() : await packDesktop();
  const listed = values.sums ? await writeReleaseFiles(artefacts, resolve(values.out)) : [];
  for (const artefact of [...artefacts, ...listed]) {
    const { size } = await stat(artefact);
    process.stderr.write(`${(size / 1e6).toFixed(1)} MB  ${artefact}\n`);
    process.stdout.write(`${artefact}\n`);
  }
}

const built = spawnSync(process.execPath, [join(root, 'build', 'build.ts')], { stdio: ['ignore', 2, 2] });
if (built.status !== 0) {
  process.exitCode = 1;
} else {
  try {
    await packAndList();
  } catch (error) {
    const problem = fetchProblem(error);
    if (problem === null) throw error;
    process.stderr.write(`driftless: ${problem}\n`);
    // At once: a cancelled build of electron-builder ends the process a moment later, with 0.
    process.exit(1);
  }
}
