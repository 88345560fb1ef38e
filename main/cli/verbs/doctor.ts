// `driftless doctor`: looks at everything from the configuration to the bucket and says plainly what holds and what does not.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { awsAlgorithmProblem, awsIssuerProblem } from '../../core/access/issuer-rules.ts';
import { isSyncError } from '../../core/model/errors.ts';
import type { ReleaseStatus } from '../../core/updates/release.ts';
import type { App } from '../../compose/app.ts';
import { ofFolder } from '../../app/account/runtime.ts';
import type { AccountRuntime } from '../../app/account/runtime.ts';
import type { PairRuntime } from '../../app/pair-runtime.ts';
import { viewOfGuard } from '../../app/pair-view.ts';
import { readCallerIdentity } from '../../adapters/sts/caller-identity.ts';
import { describeState } from '../../adapters/system/home/state-dir.ts';
import { stateConflict } from '../../adapters/system/home/state-owner.ts';
import { acquireEngineLock } from '../../adapters/system/engine-lock.ts';
import { runIsolationCheck } from '../../adapters/isolation/check.ts';
import { makeFetch } from '../../adapters/http/fetch.ts';
import { probeIssuer } from '../../adapters/oidc/issuer-check.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { probeWriteWants } from '../../adapters/s3/write-wants.ts';
import { makeApp } from '../app.ts';
import { oneLine } from '../io.ts';
import type { CliIo } from '../io.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { adviceFor } from '../advice.ts';
import { diskWords } from '../disk-text.ts';
import { checkFolder } from '../doctor/folder-check.ts';
import { notSignedIn } from '../doctor/sign-in-words.ts';
import { appVersion } from '../install-paths.ts';
import { isolationWords } from '../../control/isolation-text.ts';
import { questionLines } from '../question-lines.ts';
import { homeOption } from '../terminal/named-command.ts';
import type { PairContext } from '../../sync/context.ts';
import { chooseAccount } from './login.ts';

export type DoctorOptions = { readonly account?: string; readonly canary?: string };

type Status = 'ok' | 'warn' | 'fail' | 'unknown';
type Check = {
  readonly id: string;
  readonly about: string;
  readonly status: Status;
  readonly message: string;
  readonly detail?: unknown;
};

/** Worse than this and signatures are refused somewhere. */
const toleratedOffsetMs = 60_000;

export async function runDoctor(io: CliIo, options: DoctorOptions, signal: AbortSignal): Promise<ExitCode> {
  const app = await makeApp(io, signal);
  const accounts =
    options.account === undefined ? app.accounts : [chooseAccount(app.accounts, options.account)];
  const state = stateCheck(io.home);
  const checks: Check[] = [
    {
      id: 'config',
      about: io.home,
      status: 'ok',
      message: `${counted(app.accounts.length, 'account')}, ${counted(app.pairs.length, 'pair')}`,
    },
    state,
    await watchLimits(),
    ...releaseChecks(await app.checkRelease(signal)),
  ];
  const pairs = app.pairs.filter(({ account }) => accounts.includes(account));
  for (const { config } of pairs) checks.push(await checkFolder(config));
  const asked = pairs.map((runtime) => checkQuestions(io.home, runtime));
  checks.push(...asked.flatMap(({ check }) => (check === null ? [] : [check])));
  for (const account of accounts) {
    checks.push(...(await checkIssuer(account, signal)));
    const canExchange = await checkSession({ home: io.home, account, checks }, signal);
    if (!canExchange) continue;
    for (const { config } of app.pairs.filter((pair) => pair.config.account === account.id)) {
      // Another home has the state: its check says so.
      if (state.status !== 'fail')
        checks.push(...(await checkPair(io, { app, account, pair: config }, signal)));
      checks.push(await checkIsolation(account, config, options.canary ?? null, signal));
    }
  }
  const isFine = checks.every(({ status }) => status !== 'fail');
  const questions = asked.flatMap(({ lines }) => lines);
  io.print({ ok: isFine, checks }, [...checks.map(lineOf), ...questions].join('\n'));
  if (!isFine) return exitCodes.failed;
  return questions.length > 0 ? exitCodes.person : exitCodes.ok;
}

function stateCheck(home: string): Check {
  const { directory, elsewhere } = describeState(home);
  const conflict = stateConflict(home);
  if (conflict !== null) return { id: 'state', about: directory, status: 'fail', message: conflict.message };
  const more =
    elsewhere === null
      ? ''
      : `; an engine that starts moves them to ${elsewhere}, unless that is on another disk or taken`;
  return { id: 'state', about: directory, status: 'ok', message: `state and logs${more}` };
}

/** A pair with an open question does nothing that the question covers. */
function checkQuestions(
  home: string,
  { config, memory }: PairRuntime,
): {
  readonly check: Check | null;
  readonly lines: readonly string[];
} {
  const { id, mode } = config;
  const questions = memory()?.questions ?? [];
  if (questions.length === 0) return { check: null, lines: [] };
  return {
    check: {
      id: 'question',
      about: id,
      status: 'warn',
      message:
        questions.length === 1
          ? 'a question waits for an answer'
          : `${String(questions.length)} questions wait for answers`,
      detail: questions.map(viewOfGuard),
    },
    lines: questions.flatMap((guard) => questionLines({ home, id, mode }, guard)),
  };
}

/** A script finds the code in `detail`; what to do about it is for the terminal. */
function lineOf({ id, about, status, message, detail }: Check): string {
  const code = status === 'fail' || status === 'warn' ? coded.safeParse(detail).data?.code : undefined;
  const advice = code === undefined ? null : adviceFor(code);
  const whole = advice === null ? message : `${message}; ${advice}`;
  return `${status.toUpperCase().padEnd(8)} ${id.padEnd(12)} ${oneLine(about)}: ${oneLine(whole)}`;
}

const coded = z.object({ code: z.string() });

function counted(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** No check in a build that knows no address of a manifest, such as a checkout. */
function releaseChecks(release: ReleaseStatus): readonly Check[] {
  const check = (status: Status, message: string): readonly Check[] => [
    { id: 'version', about: `Driftless ${appVersion()}`, status, message, detail: release },
  ];
  switch (release.kind) {
    case 'off':
      return release.why === 'no-address'
        ? []
        : check('ok', 'newer versions are not looked for: switched off');
    case 'current':
      return check('ok', `no newer version, as of ${new Date(release.asOfMs).toISOString().slice(0, 10)}`);
    case 'outdated':
      return check('warn', `this version is out of date: ${release.version} is out`);
    case 'unknown':
      return check('unknown', `whether a newer version is out is not known (${release.why})`);
  }
}

async function watchLimits(): Promise<Check> {
  const about = 'this machine';
  if (process.platform !== 'linux')
    return { id: 'watches', about, status: 'ok', message: 'the system has no limit on watched folders' };
  const read = async (name: string): Promise<number> =>
    Number(await readFile(`/proc/sys/fs/inotify/${name}`, 'utf8').catch(() => 'NaN'));
  const watches = await read('max_user_watches');
  const instances = await read('max_user_instances');
  if (!Number.isFinite(watches))
    return { id: 'watches', about, status: 'unknown', message: 'the limit cannot be read' };
  const isLow = watches < 16_384;
  return {
    id: 'watches',
    about,
    status: isLow ? 'warn' : 'ok',
    message: `${String(watches)} folders can be watched${isLow ? '; larger trees are then rescanned on a timer (raise fs.inotify.max_user_watches)' : ''}`,
    detail: { watches, instances },
  };
}

async function checkIssuer(account: AccountRuntime, signal: AbortSignal): Promise<readonly Check[]> {
  const { config } = account;
  // The STS that names an AWS profile's session is asked with the credentials.
  if (config.identity.kind === 'aws-profile') return [];
  const look = await probeIssuer(config, { fetch: makeFetch(account.http), clock: systemClock }, signal);
  const about = config.id;
  if (look.kind !== 'seen') {
    const code = look.kind === 'unreachable' ? 'issuer-unreachable' : 'issuer-invalid';
    return [{ id: 'issuer', about, status: 'fail', message: look.message, detail: { code } }];
  }
  const isSame = look.issuer === config.issuer;
  const offset = look.clockOffsetMs;
  return [
    {
      id: 'issuer',
      about,
      status: isSame ? 'ok' : 'fail',
      message: isSame
        ? `${config.issuer} answers, signing with ${look.algorithms.join(', ')}`
        : `it calls itself ${look.issuer}, the configuration says ${config.issuer}; they must be equal to the last character`,
    },
    awsView(account, look.algorithms),
    {
      id: 'clock',
      about,
      status: offset === null ? 'unknown' : Math.abs(offset) > toleratedOffsetMs ? 'warn' : 'ok',
      message:
        offset === null
          ? 'the provider sends no time'
          : `this machine's clock is ${String(Math.round(Math.abs(offset) / 1000))} s ${offset > 0 ? 'behind' : 'ahead of'} the provider's`,
      detail: { offsetMs: offset },
    },
  ];
}

/** AWS's own rules for an issuer, which stores of one's own do not share. */
function awsView(account: AccountRuntime, algorithms: readonly string[]): Check {
  const { config } = account;
  const id = 'aws-issuer';
  const problem = awsIssuerProblem(config.issuer) ?? awsAlgorithmProblem(algorithms);
  if (problem === null)
    return { id, about: config.id, status: 'ok', message: 'AWS would accept this issuer' };
  const isAws = config.s3Endpoint === null;
  const isLoopback = config.development && URL.parse(config.issuer)?.protocol === 'http:';
  return {
    id,
    about: config.id,
    status: isAws ? 'fail' : 'warn',
    message: `AWS would refuse this issuer: it ${problem}${
      isLoopback ? '; it is allowed here only by the exception for loopback ("development": true)' : ''
    }`,
  };
}

/** Whether credentials can be had. */
async function checkSession(
  {
    home,
    account,
    checks,
  }: { readonly home: string; readonly account: AccountRuntime; readonly checks: Check[] },
  signal: AbortSignal,
): Promise<boolean> {
  await account.restore(signal);
  const { state } = account.view();
  const about = account.id;
  const isIn = account.isSignedIn();
  checks.push({
    id: 'sign-in',
    about,
    status: isIn ? 'ok' : 'fail',
    message: isIn
      ? 'signed in'
      : `${notSignedIn[state]}: run "driftless login --account ${account.id}${homeOption(home)}"`,
  });
  if (!isIn) return false;
  try {
    const credentials = await account.credentials.get(signal);
    const principal = await account.credentials.principal(signal);
    const minutes = Math.round((credentials.expiresAtMs - systemClock.nowMs()) / 60_000);
    checks.push({
      id: 'exchange',
      about,
      status: 'ok',
      message: `${account.config.exchange.kind} gives credentials for ${String(minutes)} minutes, as ${principal.sub}`,
      detail: { sub: principal.sub, arn: principal.arn, clockOffsetMs: credentials.clockOffsetMs },
    });
    const caller = await readCallerIdentity(account.config, { credentials, http: account.http }, signal);
    checks.push(callerCheck(account, caller));
    return true;
  } catch (error) {
    if (!isSyncError(error)) throw error;
    checks.push({
      id: 'exchange',
      about,
      status: 'fail',
      message: error.message,
      detail: { code: error.code },
    });
    return false;
  }
}

function callerCheck(account: AccountRuntime, caller: Awaited<ReturnType<typeof readCallerIdentity>>): Check {
  const about = account.id;
  const id = 'caller';
  if (caller.kind === 'no-answer')
    return {
      id,
      about,
      status: 'unknown',
      message: `the service did not say who we are (${caller.message})`,
    };
  const { exchange, accountId } = account.config;
  const role = exchange.kind === 'cognito' ? null : (exchange.roleArn.split('/').at(-1) ?? null);
  const isRole = role === null || caller.arn.includes(`:assumed-role/${role}/`);
  const isAccount = accountId === null || accountId === caller.account;
  return {
    id,
    about,
    status: isRole && isAccount ? 'ok' : 'fail',
    message:
      isRole && isAccount
        ? caller.arn
        : `we are ${caller.arn}, which is not ${isAccount ? `the role ${role ?? ''}` : `in the account ${accountId}`}`,
  };
}

type PairCheck = {
  readonly app: App;
  readonly account: AccountRuntime;
  readonly pair: App['pairs'][number]['config'];
};

async function checkPair(io: CliIo, parts: PairCheck, signal: AbortSignal): Promise<readonly Check[]> {
  const { app, account, pair } = parts;
  const { id } = pair;
  const lock = acquireEngineLock(io.home);
  if (lock.kind === 'held')
    return [
      {
        id: 'endpoint',
        about: id,
        status: 'unknown',
        message: 'the running engine has it; stop it to have it probed',
      },
    ];
  try {
    const context = await app.openPair(id, () => undefined, signal);
    try {
      const { abilities } = context;
      const lacks = Object.entries(abilities)
        .filter(([name, has]) => !has && name !== 'md5Etag')
        .map(([name]) => name);
      const endpoint: Check = {
        id: 'endpoint',
        about: id,
        status: abilities.versioned ? 'ok' : 'warn',
        message: `${abilities.versioned ? 'the bucket keeps versions' : 'the bucket keeps no versions: what another program overwrites is gone'}; not honoured: ${lacks.length === 0 ? 'nothing' : lacks.join(', ')}`,
        detail: abilities,
      };
      return [endpoint, await checkDisk(id, context)];
    } finally {
      await context.close();
    }
  } catch (error) {
    if (!isSyncError(error)) throw error;
    const want = error.code === 'remote-denied' ? await wantedHeader(account, pair, signal) : '';
    return [
      {
        id: 'endpoint',
        about: id,
        status: 'fail',
        message: `${error.message}${want}`,
        detail: { code: error.code },
      },
    ];
  } finally {
    lock.release();
  }
}

/** What trying out the folder's disk tells; nothing is tried in a folder that does not carry the pair's marker. */
async function checkDisk(about: string, { room }: Pick<PairContext, 'room'>): Promise<Check> {
  const id = 'disk';
  try {
    const marker = await room.readMarker();
    if (marker.kind !== 'present')
      return { id, about, status: 'unknown', message: 'the folder has not been synced, or its disk is away' };
    const traits = await room.learnDisk();
    const detail = { ...traits, mtimeGranularityNs: String(traits.mtimeGranularityNs) };
    return { id, about, status: 'ok', message: diskWords(traits), detail };
  } catch (error) {
    if (!isSyncError(error)) throw error;
    return { id, about, status: 'unknown', message: error.message, detail: { code: error.code } };
  }
}

/** Which setting the bucket's policy wants, as a sentence; empty when none of them helps. */
async function wantedHeader(
  account: AccountRuntime,
  pair: PairCheck['pair'],
  signal: AbortSignal,
): Promise<string> {
  const want = await probeWriteWants(ofFolder(account, pair), pair, signal);
  const entry = want === null ? undefined : Object.entries(want)[0];
  return entry === undefined
    ? ''
    : `; the bucket lets a write through with ${JSON.stringify(entry[0])}: ${JSON.stringify(entry[1])} in the configuration of the pair or the account`;
}

async function checkIsolation(
  account: AccountRuntime,
  pair: App['pairs'][number]['config'],
  canary: string | null,
  signal: AbortSignal,
): Promise<Check> {
  const about = pair.id;
  try {
    const look = await runIsolationCheck(ofFolder(account, pair), pair, canary, signal);
    const kind = look.verdict?.kind ?? 'reaches-more';
    const status = kind === 'no-sign' ? 'ok' : kind === 'unknown' ? 'unknown' : 'warn';
    return { id: 'isolation', about, status, message: isolationWords(look), detail: look };
  } catch (error) {
    if (!isSyncError(error)) throw error;
    return { id: 'isolation', about, status: 'unknown', message: error.message };
  }
}
