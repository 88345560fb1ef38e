/** Turns vitest's results into the run's tally: what passed, what failed, and what was skipped with which reason. */
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import '../test/support/skip.ts';

export type Skipped = { readonly name: string; readonly reason: string };

export type Tally = {
  readonly passed: number;
  readonly failures: readonly string[];
  readonly skipped: readonly Skipped[];
};

export type FileTime = { readonly file: string; readonly ms: number };

/** Keeps the modules and errors that vitest hands over at the end of the run. */
export class TallyReporter implements Reporter {
  modules: readonly TestModule[] = [];
  unhandled: readonly unknown[] = [];

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    this.modules = modules;
    this.unhandled = unhandled;
  }
}

/** With `isStrict` (a CI run), a skip that is not expressly allowed counts as a failure. */
export function tallyOf(
  modules: readonly TestModule[],
  unhandled: readonly unknown[],
  isStrict: boolean,
): Tally {
  let passed = 0;
  const failures: string[] = unhandled.map((error) => `unhandled error: ${firstLineOf(error)}`);
  const skipped: Skipped[] = [];
  for (const module of modules) {
    if (module.errors().length > 0) failures.push(`${module.relativeModuleId}: the file itself failed`);
    for (const suite of module.children.allSuites()) {
      if (suite.errors().length > 0)
        failures.push(`${module.relativeModuleId} > ${suite.fullName}: its hooks failed`);
    }
    for (const test of module.children.allTests()) {
      const name = `${module.relativeModuleId} > ${test.fullName}`;
      const { state } = test.result();
      if (state === 'passed') passed += 1;
      else if (state === 'skipped' && !isBelowFailure(test)) {
        const reason = reasonOf(test);
        if (isStrict && !metaOf(test, 'skipAllowed')) failures.push(`${name}: skipped in CI: ${reason}`);
        else skipped.push({ name, reason });
      } else failures.push(name);
    }
  }
  return { passed, failures, skipped };
}

export function slowestFiles(modules: readonly TestModule[], count: number): readonly FileTime[] {
  return modules
    .map((module) => ({ file: module.relativeModuleId, ms: module.diagnostic().duration }))
    .sort((a, b) => b.ms - a.ms)
    .slice(0, count);
}

/** When a `beforeAll` throws, vitest reports the tests below it as skipped, although none was meant to be. */
function isBelowFailure(test: TestCase): boolean {
  return ancestorsOf(test).some((each) => each.errors().length > 0);
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  // A skip made without test/support/skip.ts carries its reason in its title, or has none to give.
  return metaOf(test, 'skipReason') ?? note ?? `no reason given beyond the title "${test.name}"`;
}

function metaOf<Key extends 'skipReason' | 'skipAllowed'>(test: TestCase, key: Key) {
  return [test, ...ancestorsOf(test)].map((each) => each.meta()[key]).find((value) => value !== undefined);
}

function ancestorsOf(test: TestCase): readonly (TestSuite | TestModule)[] {
  const found: (TestSuite | TestModule)[] = [];
  let at: TestSuite | TestModule = test.parent;
  while (at.type === 'suite') {
    found.push(at);
    at = at.parent;
  }
  return [...found, at];
}

function firstLineOf(error: unknown): string {
  const message = error instanceof Error || isMessage(error) ? error.message : String(error);
  return message.split('\n')[0] ?? '';
}

function isMessage(value: unknown): value is { readonly message: string } {
  return (
    typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string'
  );
}
