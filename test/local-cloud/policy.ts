// Evaluates IAM policies as AWS documents them: Allow/Deny, Action and NotAction, Resource, Principal-free conditions, policy variables.
import { conditionHolds } from './policy-conditions.ts';
import type { ConditionBlock } from './policy-conditions.ts';
import { many, matchPattern, wildcard } from './policy-match.ts';
import type { OneOrMany, RequestContext } from './policy-match.ts';

export type PolicyStatement = {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly Action?: OneOrMany<string>;
  readonly NotAction?: OneOrMany<string>;
  readonly Resource?: OneOrMany<string>;
  readonly NotResource?: OneOrMany<string>;
  readonly Condition?: ConditionBlock;
};

export type PolicyDocument = {
  readonly Version?: string;
  readonly Statement: OneOrMany<PolicyStatement>;
};

export type PolicyRequest = {
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
};
export type Verdict = 'allow' | 'deny' | 'no-match';

/** What a set of policies says: an explicit deny wins, then any allow. */
export function evaluatePolicies(policies: readonly PolicyDocument[], request: PolicyRequest): Verdict {
  let verdict: Verdict = 'no-match';
  for (const policy of policies) {
    // Variables exist only in the 2012 language; an older policy compares the text `${...}` literally.
    const hasVariables = policy.Version === '2012-10-17';
    for (const statement of many(policy.Statement)) {
      if (!statementMatches(statement, request, hasVariables)) continue;
      if (statement.Effect === 'Deny') return 'deny';
      verdict = 'allow';
    }
  }
  return verdict;
}

function statementMatches(
  statement: PolicyStatement,
  request: PolicyRequest,
  hasVariables: boolean,
): boolean {
  const { Action, NotAction, Resource, NotResource, Condition } = statement;
  const matchesAction = (pattern: string): boolean =>
    wildcard(pattern.toLowerCase(), request.action.toLowerCase());
  if (Action !== undefined && !many(Action).some(matchesAction)) return false;
  if (NotAction !== undefined && many(NotAction).some(matchesAction)) return false;
  const matchesResource = (pattern: string): boolean =>
    matchPattern(pattern, request.resource, request.context, hasVariables);
  if (Resource !== undefined && !many(Resource).some(matchesResource)) return false;
  if (NotResource !== undefined && many(NotResource).some(matchesResource)) return false;
  return Condition === undefined || conditionHolds(Condition, request.context, hasVariables);
}
