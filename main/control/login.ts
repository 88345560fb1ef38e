// Sign-in for `driftless login`: in the running engine, which keeps the session, or in this process.
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { ofFolder } from '../app/account/runtime.ts';
import type { AccountRuntime, SignInPrompts } from '../app/account/runtime.ts';
import { attempt } from '../app/errors.ts';
import type { PairRuntime } from '../app/pair-runtime.ts';
import { resumePairs } from '../app/pair-runtime.ts';
import { managedPolicyPath } from '../adapters/config/managed-policy.ts';
import { isSyncError, SyncError } from '../core/model/errors.ts';
import { failed } from '../../preload/lean/limits.ts';
import { refusalOf } from './answer.ts';
import { clockNote } from './clock-note.ts';
import type { ExtraRequest } from './socket.ts';
import { isolationWords } from './isolation-text.ts';
import { demandWayAllowed } from './login-way.ts';

const signedIn = z.object({
  sub: z.string(),
  issuer: z.string(),
  isolation: z.array(z.object({ pair: z.string(), verdict: z.string() })),
  /** For the user, one line each. */
  notes: z.array(z.string()),
});
export type SignedIn = z.infer<typeof signedIn>;

/** What the engine asks on the user's terminal while it waits. */
const promptSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('open'), url: z.string() }),
  z.object({ kind: z.literal('code'), userCode: z.string(), verificationUri: z.string() }),
]);
export type LoginPrompt = z.infer<typeof promptSchema>;

const askSchema = z.strictObject({
  accountId: z.string(),
  /** Left out: as config.json says. */
  by: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('device') }),
      // The engine's own folder is not the caller's.
      z.strictObject({ kind: z.literal('token-file'), path: z.string().refine((path) => isAbsolute(path)) }),
    ])
    .exactOptional(),
});
export type LoginQuestion = z.infer<typeof askSchema>;

const answerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: signedIn }),
  z.object({
    ok: z.literal(false),
    error: z.object({ code: z.string(), fields: z.record(z.string(), z.unknown()).optional() }),
  }),
]);

const patienceMs = 15_000;

/** Throws SyncError as `AccountRuntime.signIn` does, and config-invalid for a way that the machine's administrator does not allow. */
export async function signInFully(
  account: AccountRuntime,
  {
    pairs,
    prompts,
    policyPath,
  }: {
    readonly pairs: readonly PairRuntime[];
    readonly prompts: SignInPrompts;
    /** Tests have one of their own. */
    readonly policyPath?: string;
  },
  signal: AbortSignal,
): Promise<SignedIn> {
  const { by: way } = prompts;
  if (way !== undefined)
    await demandWayAllowed(account.config, { way, policyPath: policyPath ?? managedPolicyPath() }, signal);
  await account.signIn(prompts, signal);
  const { sub, issuer } = await account.credentials.principal(signal);
  resumePairs(pairs, account, sub);
  const looked = await lookAtPairs(pairs, account, signal);
  const clock = await clockNote(account, signal);
  return {
    sub,
    issuer,
    isolation: looked.map(({ pair, verdict }) => ({ pair, verdict })),
    notes: [...(clock === null ? [] : [clock]), ...looked.flatMap(({ words }) => words ?? [])],
  };
}

/** For the running engine. The sign-in ends with the caller, so that none keeps waiting for a closed browser. */
export function loginRequest(
  accounts: readonly AccountRuntime[],
  pairs: readonly PairRuntime[],
): ExtraRequest {
  return async (input, say, signal) => {
    const asked = askSchema.safeParse(input);
    if (!asked.success) return failed('bad-request');
    const { accountId, by } = asked.data;
    const account = accounts.find(({ id }) => id === accountId);
    if (account === undefined) return failed('unknown-account');
    const ask = (prompt: LoginPrompt): void => {
      say(prompt);
    };
    const prompts: SignInPrompts = {
      ...(by === undefined ? {} : { by }),
      openUrl: (url) => {
        ask({ kind: 'open', url: url.href });
        return Promise.resolve();
      },
      onDeviceCode: ({ userCode, verificationUri }) => {
        ask({ kind: 'code', userCode, verificationUri });
      },
    };
    return attempt(
      async () => ({ ok: true, value: await signInFully(account, { pairs, prompts }, signal) }),
      refusalOf,
    );
  };
}

export function parsePrompt(fact: unknown): LoginPrompt {
  return promptSchema.parse(fact);
}

/** What the engine answered, or the error it named. */
export function parseLoginAnswer(raw: unknown): SignedIn {
  const answer = answerSchema.parse(raw);
  if (answer.ok) return answer.value;
  const { code, fields } = answer.error;
  const message =
    code === 'unknown-account'
      ? 'the running engine does not know this account yet; restart it'
      : code === 'bad-request'
        ? 'the running engine is of another version; restart it'
        : typeof fields?.['message'] === 'string'
          ? fields['message']
          : `the running engine answered ${code}`;
  throw new SyncError({ code, retry: 'slow', scope: 'account', message });
}

type PairLook = { readonly pair: string; readonly verdict: string; readonly words: string | null };

/** Whether the role reaches more than it should is said at once (S8); that it cannot be asked stops no sign-in. */
async function lookAtPairs(
  pairs: readonly PairRuntime[],
  account: AccountRuntime,
  signal: AbortSignal,
): Promise<readonly PairLook[]> {
  const seen: PairLook[] = [];
  // With the SDK's client, which no other use of this file needs.
  const { runIsolationCheck } = await import('../adapters/isolation/check.ts');
  const patience = AbortSignal.timeout(patienceMs);
  for (const { config } of pairs.filter((pair) => pair.account === account)) {
    try {
      const look = await runIsolationCheck(
        ofFolder(account, config),
        config,
        null,
        AbortSignal.any([signal, patience]),
      );
      const verdict = look.verdict?.kind ?? 'whole-bucket';
      const isWide = verdict === 'reaches-more' || verdict === 'whole-bucket';
      seen.push({ pair: config.id, verdict, words: isWide ? `${config.id}: ${isolationWords(look)}` : null });
    } catch (error) {
      signal.throwIfAborted();
      if (!isSyncError(error) && !patience.aborted) throw error;
      seen.push({ pair: config.id, verdict: 'unknown', words: null });
    }
  }
  return seen;
}
