// Mutation testing of the planner: applies small faults and runs its tests on each.
//
// Every mutant is compiled into one copy of main/core behind a switch, so that the tests are loaded once and run again
// and again in one process. What the unit tests do not notice is put to random trees: a mutant that plans something
// else there must be noticed by the properties. `node build/mutate.ts` prints those that are not, and ends with 1;
// `--percent 10` tries a tenth of them.
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Files below main/core. */
const mutated = [
  'plan/decide',
  'plan/subtree',
  'plan/builder',
  'plan/plan',
  'plan/conflicts',
  'plan/folder-markers',
  'plan/moves/moves',
  'plan/moves/move-order',
  'plan/moves/folder-moves',
  'plan/order',
  'safety/check',
  'safety/ledger',
  'safety/effects',
  'plan/conflict-name',
];
const suites = [
  'decide',
  'plan',
  'plan-moves',
  'plan-rearranged',
  'plan-regressions',
  'plan-arrivals',
  'plan-stopped',
  'finished-renames',
  'guard',
  'conflict-name',
].map((name) => `unit/${name}`);
const properties = 'property/plan.property';
const samples = 600;
/** Loop turns after which a mutant counts as endless: for one unit case or sample, and for all runs of a property. */
const fewSteps = 100_000;
const manySteps = 2_000_000;

/** Breaks that change some plan and that no test notices yet, each by file and text: not excused, but counted. */
const knownSurvivors: readonly string[] = [];

type Mutant = { readonly id: number; readonly file: string; readonly line: number; readonly text: string };
type Suite = { readonly cases: readonly (() => void)[]; readonly steps: number };
type Switch = { id: number; steps: number };

/** Answers the file with all its mutants behind `__m.id`, and adds them to `mutants`. */
function instrument(file: string, source: string, mutants: Mutant[]): string {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ESNext, true);

  function add(node: ts.Node, text: string): number {
    // What is made once, when the file is loaded, cannot be switched afterwards.
    if (ts.findAncestor(node, ts.isFunctionLike) === undefined) return 0;
    const id = mutants.length + 1;
    const line = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
    mutants.push({ id, file, line, text });
    return id;
  }

  /** The node's text with its children already instrumented. */
  function inner(node: ts.Node): string {
    let text = '';
    let at = node.getFullStart();
    ts.forEachChild(node, (child) => {
      text += source.slice(at, child.getFullStart()) + emit(child);
      at = child.getEnd();
    });
    return text + source.slice(at, node.getEnd());
  }

  function choose(id: number, changed: string, kept: string): string {
    return id === 0 ? `(${kept})` : `(__m.id === ${id} ? (${changed}) : (${kept}))`;
  }

  function condition(node: ts.Expression): string {
    const label = node.getText(tree).replace(/\s+/gu, ' ');
    const always = add(node, `${label} => true`);
    const never = add(node, `${label} => false`);
    return `(__m.id === ${always} ? true : __m.id === ${never} ? false : (${emit(node)}))`;
  }

  function emit(node: ts.Node): string {
    if (ts.isTypeNode(node) || ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node))
      return inner(node);
    const lead = source.slice(node.getFullStart(), node.getStart(tree));
    const label = (): string => node.getText(tree).replace(/\s+/gu, ' ');
    if (ts.isIfStatement(node)) {
      const otherwise = node.elseStatement === undefined ? '' : ` else {${emit(node.elseStatement)}}`;
      return `${lead}if (${condition(node.expression)}) {${emit(node.thenStatement)}}${otherwise}`;
    }
    if (ts.isConditionalExpression(node)) {
      return `${lead}(${condition(node.condition)} ? (${emit(node.whenTrue)}) : (${emit(node.whenFalse)}))`;
    }
    if (ts.isBinaryExpression(node)) {
      const other = swaps[node.operatorToken.getText(tree)];
      if (other === undefined) return inner(node);
      const [left, right] = [emit(node.left), emit(node.right)];
      const operator = node.operatorToken.getText(tree);
      const id = add(node, `${label()} => ${other}`);
      return lead + choose(id, `(${left}) ${other} (${right})`, `(${left}) ${operator} (${right})`);
    }
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
      const operand = emit(node.operand);
      return lead + choose(add(node, `${label()} => without !`), operand, `!(${operand})`);
    }
    if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) {
      return lead + choose(add(node, `${label()} => not`), `!${label()}`, label());
    }
    if (ts.isStringLiteral(node) && isSaid(node)) {
      return lead + choose(add(node, `${label()} => ''`), `''`, label());
    }
    if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
      return `${lead}if (__m.id !== ${add(node, `${label()} => nothing`)}) {${inner(node)}}`;
    }
    if (ts.isForStatement(node) || ts.isForOfStatement(node) || ts.isWhileStatement(node)) {
      const head = source.slice(node.getFullStart(), node.statement.getFullStart());
      return `${head} { __tick(); ${emit(node.statement)} }`;
    }
    return inner(node);
  }

  return `const __m = globalThis.__mutant; const __tick = () => { if ((__m.steps -= 1) < 0) throw new Error('endless'); };\n${emit(tree)}`;
}

const swaps: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
};

/** A word of an answer, not one that is compared (that is another mutant) or indexed by. */
function isSaid(node: ts.StringLiteral): boolean {
  const { parent } = node;
  return ts.isPropertyAssignment(parent)
    ? parent.initializer === node
    : ts.isReturnStatement(parent) || ts.isCallExpression(parent);
}

async function prepare(dir: string): Promise<readonly Mutant[]> {
  await cp(path.join(root, 'main/core'), path.join(dir, 'main/core'), { recursive: true });
  for (const folder of ['unit', 'support', 'property']) {
    await cp(path.join(root, 'test', folder), path.join(dir, 'test', folder), { recursive: true });
  }
  await cp(path.join(root, 'test/sizes.ts'), path.join(dir, 'test/sizes.ts'));
  await cp(path.join(root, 'package.json'), path.join(dir, 'package.json'));
  await symlink(path.join(root, 'node_modules'), path.join(dir, 'node_modules'));
  const mutants: Mutant[] = [];
  for (const name of mutated) {
    const file = path.join(dir, 'main/core', `${name}.ts`);
    await writeFile(file, instrument(`${name}.ts`, await readFile(file, 'utf8'), mutants));
  }
  await writeFile(path.join(dir, 'test/runner.ts'), runner);
  for (const name of [...suites, properties]) {
    const file = path.join(dir, 'test', `${name}.test.ts`);
    const text = await readFile(file, 'utf8');
    const short = text
      .replace(/numRuns: runs\(\d+\)/gu, 'numRuns: 50')
      .replace('{ seed }', '{ seed: 1, endOnFailure: true }')
      .replace(/toBeGreaterThan\(atLeast\(\d+\)\)/gu, 'toBeGreaterThan(-1)');
    await writeFile(file, short.replace("from 'vitest'", "from '../runner.ts'"));
  }
  return mutants;
}

/** Stands in for vitest in the copies: collects the cases instead of running them. */
const runner = `
export { expect } from 'vitest';
export const cases = [];
const each = (rows) => (name, run) => { for (const row of rows) cases.push(() => run(...(Array.isArray(row) ? row : [row]))); };
export const test = Object.assign((name, run) => { cases.push(run); }, { each });
export const describe = (name, body) => { body(); };
`;

function isNoticed({ cases, steps }: Suite, state: Switch, mutant: number): boolean {
  state.id = mutant;
  for (const run of cases) {
    state.steps = steps;
    try {
      run();
    } catch {
      return true;
    }
  }
  return false;
}

const { values } = parseArgs({ options: { percent: { type: 'string', default: '100' } } });
/** Every so-manieth mutant is tried; which ones changes every day. */
const oneIn = Math.max(1, Math.round(100 / Number(values.percent)));
const shift = Math.floor(Date.now() / 86_400_000);

async function main(): Promise<number> {
  const dir = await mkdtemp(path.join(tmpdir(), 'driftless-mutants-'));
  try {
    const state: Switch = { id: 0, steps: manySteps };
    Object.assign(globalThis, { __mutant: state });
    const found = await prepare(dir);
    const mutants = found.filter((mutant) => (mutant.id + shift) % oneIn === 0);
    const load = async (name: string): Promise<unknown> => import(pathToFileURL(path.join(dir, name)).href);
    const { cases } = (await load('test/runner.ts')) as { cases: (() => void)[] };
    for (const name of suites) await load(`test/${name}.test.ts`);
    const units: Suite = { cases: cases.splice(0), steps: fewSteps };
    await load(`test/${properties}.test.ts`);
    const all: Suite = { cases, steps: manySteps };
    if (isNoticed(units, state, 0) || isNoticed(all, state, 0))
      throw new Error('the tests fail without any mutant');
    const left = mutants.filter((mutant) => !isNoticed(units, state, mutant.id));
    console.error(`${left.length} of ${mutants.length} left after the unit cases`);
    state.id = 0;
    const different = await differing(left, state, load);
    console.error(`${different.length} of them plan something else for some sample`);
    const unnoticed = different.filter((mutant) => !isNoticed(all, state, mutant.id));
    const isKnown = ({ file, text }: Mutant): boolean => knownSurvivors.includes(`${file}: ${text}`);
    for (const { file, line, text } of unnoticed.filter(isKnown))
      console.error(`known to survive: main/core/${file}:${line}  ${text}`);
    const open = unnoticed.filter((mutant) => !isKnown(mutant));
    for (const { file, line, text } of open) console.log(`main/core/${file}:${line}  ${text}`);
    console.log(
      `${mutants.length} of ${found.length} mutants: ${mutants.length - left.length} noticed by ${units.cases.length} unit cases, ` +
        `${different.length - unnoticed.length} more by ${cases.length} properties, ` +
        `${left.length - different.length} made no difference to any of ${samples} plans, ${open.length} survived`,
    );
    return open.length === 0 ? 0 : 1;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Those that make the planner say something else than it does to some of the samples: decisions that no test pins. */
async function differing(
  mutants: readonly Mutant[],
  state: Switch,
  load: (name: string) => Promise<unknown>,
): Promise<readonly Mutant[]> {
  const { makeSamples } = (await load('test/property/plan-samples.ts')) as {
    makeSamples: (count: number) => readonly { readonly expected: string; readonly say: () => string }[];
  };
  state.steps = Number.MAX_SAFE_INTEGER;
  const made = makeSamples(samples);
  return mutants.filter(({ id }) => {
    state.id = id;
    return made.some(({ expected, say }) => {
      state.steps = fewSteps;
      try {
        return say() !== expected;
      } catch {
        return true;
      }
    });
  });
}

process.exitCode = await main();
