/** `npm run check`: types, lint, arrows, dead code, house rules and format, two tools at a time, each with its own output. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';

const root = dirname(import.meta.dirname);
/** Two cores are what the smallest machine we support has. */
const toolsAtOnce = 2;

type Tool = { readonly name: string; readonly bin: string; readonly args: readonly string[] };

export type CheckResult = {
  readonly name: string;
  readonly isClean: boolean;
  readonly output: string;
  readonly seconds: number;
};

/** The slowest first, so that the others fit beside it. */
const tools: readonly Tool[] = [
  {
    name: 'format',
    bin: 'node_modules/prettier/bin/prettier.cjs',
    args: ['--check', '--log-level', 'warn', '.'],
  },
  { name: 'lint', bin: 'node_modules/oxlint/bin/oxlint', args: ['.'] },
  ...['main', 'preload', 'renderer', 'build', 'test'].map((project) => ({
    name: `types ${project}`,
    bin: 'node_modules/typescript-native/bin/tsc',
    args: ['-p', project, '--pretty', 'false'],
  })),
  {
    name: 'arrows',
    bin: 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
    args: [
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'err-long',
      'main',
      'preload',
      'renderer',
      'build',
      'test',
    ],
  },
  { name: 'dead code', bin: 'node_modules/knip/bin/knip.js', args: ['--no-progress'] },
  { name: 'house', bin: 'build/house/check.ts', args: [] },
];

/** Runs the named tools (all of them without names) and prints each one's result as it ends. */
export async function runChecks(names: readonly string[] = []): Promise<readonly CheckResult[]> {
  const wanted =
    names.length === 0 ? tools : tools.filter((tool) => names.some((name) => tool.name.startsWith(name)));
  const queue = [...wanted];
  const results: CheckResult[] = [];
  const worker = async (): Promise<void> => {
    for (let tool = queue.shift(); tool; tool = queue.shift()) {
      const result = await run(tool);
      results.push(result);
      print(result);
    }
  };
  await Promise.all(Array.from({ length: toolsAtOnce }, worker));
  return results;
}

function run(tool: Tool): Promise<CheckResult> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, tool.bin), ...tool.args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({
        name: tool.name,
        isClean: code === 0,
        output,
        seconds: (performance.now() - started) / 1000,
      });
    });
  });
}

function print(result: CheckResult): void {
  const head = `check: ${result.name}: ${result.isClean ? 'clean' : 'FAILED'} (${result.seconds.toFixed(1)} s)\n`;
  process.stdout.write(result.isClean ? head : `${head}${result.output.trimEnd()}\n`);
}

/** Names that fit no tool, as a line that says which there are; null where all fit. */
function unknownNames(names: readonly string[]): string | null {
  const wrong = names.find((name) => !tools.some((tool) => tool.name.startsWith(name)));
  if (wrong === undefined) return null;
  return `no check is called "${wrong}"; there are: ${tools.map((tool) => tool.name).join(', ')}\n`;
}

async function main(names: readonly string[]): Promise<number> {
  const problem = unknownNames(names);
  if (problem !== null) {
    process.stderr.write(problem);
    return 2;
  }
  const results = await runChecks(names);
  return results.every((result) => result.isClean) ? 0 : 1;
}

if (import.meta.main) {
  process.exitCode = await main(process.argv.slice(2));
}
