// The programs that judge templates independently of us: cfn-lint, and Terraform with its AWS provider from a folder of plugins. None of
// them reaches the network here.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { findProgram, run } from './programs.ts';
import type { Output } from './programs.ts';

type Finding = { readonly file: string; readonly rule: string; readonly message: string };

type Documents = Readonly<Record<string, unknown>>;

/** What is missing, in words for a skip, or null. A version manager's shim can be there without the program behind it. */
export function cfnLintIsMissing(): string | null {
  return answers('cfn-lint', ['--version']) ? null : 'not installed: cfn-lint';
}

function answers(program: string, args: readonly string[]): boolean {
  const path = findProgram(program);
  return path !== null && spawnSync(path, [...args], { stdio: 'ignore', timeout: 60_000 }).status === 0;
}

/** Everything that cfn-lint has to say, advice included, about CloudFormation templates: one start of the program for all of them. */
export async function cfnLint(folder: string, documents: Documents): Promise<readonly Finding[]> {
  const files = await writeAll(folder, documents, (name) => `${name}.json`);
  const said = await run('cfn-lint', ['--format', 'json', '--include-checks', 'I', '--', ...files], {
    cwd: folder,
    timeoutMs: 170_000,
  });
  const findings = z
    .array(z.object({ Filename: z.string(), Rule: z.object({ Id: z.string() }), Message: z.string() }))
    .safeParse(jsonOf(said));
  if (!findings.success) throw new Error(`cfn-lint ended with ${said.code}: ${said.stderr}${said.stdout}`);
  return findings.data.map(({ Filename, Rule, Message }) => ({
    file: Filename,
    rule: Rule.Id,
    message: Message,
  }));
}

const oldestProvider = [5, 81];

/** The plugin folder to give to Terraform, or what is missing, in words for a skip. */
export function terraformProvider(): { readonly folder: string } | { readonly missing: string } {
  if (!answers('terraform', ['version'])) return { missing: 'not installed: terraform' };
  const folder = pluginFolders().find(hasAwsProvider);
  return folder === undefined
    ? {
        missing: `no AWS provider ${oldestProvider.join('.')} or later for Terraform in a folder of plugins (DRIFTLESS_TERRAFORM_PLUGINS may name one)`,
      }
    : { folder };
}

/** Plugin folders: named by the environment, Terraform's defaults, and those of offline machines. */
function pluginFolders(): readonly string[] {
  const { DRIFTLESS_TERRAFORM_PLUGINS, TF_PLUGIN_DIR, TF_PLUGIN_CACHE_DIR, APPDATA, XDG_DATA_HOME } =
    process.env;
  return [
    DRIFTLESS_TERRAFORM_PLUGINS,
    TF_PLUGIN_DIR,
    TF_PLUGIN_CACHE_DIR,
    ...configuredFolders(process.env['TF_CLI_CONFIG_FILE'] ?? join(homedir(), '.terraformrc')),
    join(homedir(), '.terraform.d', 'plugins'),
    join(homedir(), '.terraform.d', 'plugin-cache'),
    join(XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'terraform', 'plugins'),
    ...(APPDATA === undefined ? [] : [join(APPDATA, 'terraform.d', 'plugins')]),
    join(homedir(), 'Library', 'Application Support', 'io.terraform', 'plugins'),
    '/Library/Application Support/io.terraform/plugins',
    '/usr/local/share/terraform/plugins',
    '/usr/share/terraform/plugins',
    '/opt/terraform/plugins',
    '/opt/tf-plugins',
  ].filter((folder): folder is string => folder !== undefined && folder !== '');
}

/** Mirrors and the cache that Terraform's own configuration file names. Its language is not ours to parse, so any path in it is tried. */
function configuredFolders(configFile: string): readonly string[] {
  if (!existsSync(configFile)) return [];
  const text = readFileSync(configFile, 'utf8');
  return [...text.matchAll(/\b(?:path|plugin_cache_dir)\s*=\s*"([^"]+)"/g)].map(([, path = '']) => path);
}

/** Such a folder has HOST/hashicorp/aws/VERSION/SYSTEM_PROCESSOR in it. */
function hasAwsProvider(folder: string): boolean {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const processor = process.arch === 'x64' ? 'amd64' : process.arch;
  return namesIn(folder)
    .filter((host) => host.includes('terraform'))
    .map((host) => join(folder, host, 'hashicorp', 'aws'))
    .some((versions) =>
      namesIn(versions).some(
        (version) => isNewEnough(version) && existsSync(join(versions, version, `${system}_${processor}`)),
      ),
    );
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestProvider;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/**
 * Everything that `terraform validate` has to say about Terraform templates in JSON. Starting the AWS provider takes many seconds, so all
 * templates are modules of one configuration, and the provider's own settings, which each template would start it for once more, stand
 * there once: those of the first.
 */
export async function terraformValidate(
  folder: string,
  plugins: string,
  documents: Documents,
): Promise<readonly Finding[]> {
  const modules = Object.fromEntries(
    Object.entries(documents).map(([name, document]) => [name, z.looseObject({}).parse(document)]),
  );
  for (const name of Object.keys(modules)) await mkdir(join(folder, name), { recursive: true });
  await writeAll(
    folder,
    Object.fromEntries(Object.entries(modules).map(([name, { provider: _, ...rest }]) => [name, rest])),
    (name) => join(name, 'main.tf.json'),
  );
  const root = {
    provider: Object.values(modules)[0]?.['provider'],
    module: Object.fromEntries(Object.keys(modules).map((name) => [name, { source: `./${name}` }])),
  };
  await writeAll(folder, { main: root }, (name) => `${name}.tf.json`);
  await writeFile(join(folder, 'terraform.rc'), 'disable_checkpoint = true\n');
  const terraform = (...args: readonly string[]): Promise<Output> =>
    run('terraform', [...args, '-no-color'], {
      cwd: folder,
      env: {
        TF_CLI_CONFIG_FILE: join(folder, 'terraform.rc'),
        TF_PLUGIN_CACHE_DIR: undefined,
        TF_DATA_DIR: undefined,
        TF_CLI_ARGS: undefined,
        TF_WORKSPACE: undefined,
        CHECKPOINT_DISABLE: '1',
      },
      timeoutMs: 170_000,
    });
  const made = await terraform('init', '-backend=false', '-input=false', `-plugin-dir=${plugins}`);
  if (made.code !== 0)
    throw new Error(`terraform init ended with ${made.code}: ${made.stderr}${made.stdout}`);
  const said = await terraform('validate', '-json');
  const verdict = z
    .object({
      diagnostics: z.array(
        z.object({
          severity: z.string(),
          summary: z.string(),
          detail: z.string().optional(),
          range: z.object({ filename: z.string() }).optional(),
        }),
      ),
    })
    .safeParse(jsonOf(said));
  if (!verdict.success)
    throw new Error(`terraform validate ended with ${said.code}: ${said.stderr}${said.stdout}`);
  return verdict.data.diagnostics.map(({ severity, summary, detail, range }) => ({
    file: range?.filename ?? '',
    rule: `${severity}: ${summary}`,
    message: detail ?? '',
  }));
}

/** @returns the files, relative to the folder */
async function writeAll(
  folder: string,
  documents: Documents,
  fileOf: (name: string) => string,
): Promise<readonly string[]> {
  const files: string[] = [];
  for (const [name, document] of Object.entries(documents)) {
    await writeFile(join(folder, fileOf(name)), JSON.stringify(document, null, 2));
    files.push(fileOf(name));
  }
  return files;
}

function jsonOf({ stdout }: Output): unknown {
  try {
    return JSON.parse(stdout);
  } catch {
    return null;
  }
}
