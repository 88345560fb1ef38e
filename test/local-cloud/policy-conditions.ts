// The condition operators of IAM policies: String, Numeric, Date, Bool, Arn, IpAddress, Null, with IfExists and the set prefixes.
import { many, matchPattern, substitute } from './policy-match.ts';
import type { OneOrMany, RequestContext } from './policy-match.ts';

export type ConditionBlock = Readonly<
  Record<string, Readonly<Record<string, OneOrMany<string | boolean | number>>>>
>;

type Test = (expected: string, actual: string) => boolean;

const TESTS: Readonly<Record<string, Test>> = {
  stringequals: (expected, actual) => expected === actual,
  stringequalsignorecase: (expected, actual) => expected.toLowerCase() === actual.toLowerCase(),
  bool: (expected, actual) => expected.toLowerCase() === actual.toLowerCase(),
  numericequals: (expected, actual) => Number(actual) === Number(expected),
  numericlessthan: (expected, actual) => Number(actual) < Number(expected),
  numericlessthanequals: (expected, actual) => Number(actual) <= Number(expected),
  numericgreaterthan: (expected, actual) => Number(actual) > Number(expected),
  numericgreaterthanequals: (expected, actual) => Number(actual) >= Number(expected),
  dateequals: (expected, actual) => Date.parse(actual) === Date.parse(expected),
  datelessthan: (expected, actual) => Date.parse(actual) < Date.parse(expected),
  datelessthanequals: (expected, actual) => Date.parse(actual) <= Date.parse(expected),
  dategreaterthan: (expected, actual) => Date.parse(actual) > Date.parse(expected),
  dategreaterthanequals: (expected, actual) => Date.parse(actual) >= Date.parse(expected),
  ipaddress: (expected, actual) =>
    expected === actual || expected === `${actual}/32` || expected === '0.0.0.0/0',
};

const NEGATED: Readonly<Record<string, string>> = {
  stringnotequals: 'stringequals',
  stringnotequalsignorecase: 'stringequalsignorecase',
  stringnotlike: 'stringlike',
  numericnotequals: 'numericequals',
  datenotequals: 'dateequals',
  notipaddress: 'ipaddress',
  arnnotequals: 'arnlike',
  arnnotlike: 'arnlike',
};

const PATTERNED = new Set(['stringlike', 'arnlike', 'arnequals']);

type Scope = { readonly context: RequestContext; readonly hasVariables: boolean };

/** All operators and all keys must hold. An operator that is not known makes the condition fail loudly. */
export function conditionHolds(
  block: ConditionBlock,
  context: RequestContext,
  hasVariables: boolean,
): boolean {
  const scope = { context, hasVariables };
  for (const [operator, keys] of Object.entries(block)) {
    for (const [key, expected] of Object.entries(keys)) {
      if (!oneHolds(operator, key, many(expected).map(String), scope)) return false;
    }
  }
  return true;
}

function oneHolds(operator: string, key: string, expected: readonly string[], scope: Scope): boolean {
  const actual = scope.context.get(key.toLowerCase());
  let name = operator.toLowerCase();
  if (name === 'null') return expected.includes(String(actual === undefined));
  const forAll = name.startsWith('forallvalues:');
  name = name.replace(/^for(all|any)values?:/, '');
  const ifExists = name.endsWith('ifexists');
  if (ifExists) name = name.slice(0, -'ifexists'.length);
  const negated = NEGATED[name];
  // A missing key fails a positive operator and satisfies a negated one, as in AWS.
  if (actual === undefined) return ifExists || forAll || negated !== undefined;
  const matches = expected.some((value) => valueMatches(negated ?? name, value, actual, scope));
  return negated === undefined ? matches : !matches;
}

function valueMatches(name: string, expected: string, actual: string, scope: Scope): boolean {
  const { context, hasVariables } = scope;
  if (PATTERNED.has(name)) return matchPattern(expected, actual, context, hasVariables);
  const test = TESTS[name];
  if (test === undefined) throw new Error(`condition operator ${name} is not implemented by the local cloud`);
  const value =
    hasVariables && expected.includes('${') ? substitute(expected, context, (text) => text) : expected;
  return value !== undefined && test(value, actual);
}
