// What store, STS and provider do wrong in the live soak: each kind of failure that once stopped a pair for good.
import { mkdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import type { Seeded } from '../simulation/seeded.ts';
import type { LiveDevice } from './live-device.ts';

/** How soon the engine retries after it: seconds, or minutes where only a change elsewhere can be the cure. */
export type Pace = 'quick' | 'slow';

export type LiveScene = {
  readonly cloud: LocalCloud;
  readonly devices: readonly LiveDevice[];
  readonly random: Seeded;
};

export type LiveEvent = {
  readonly title: string;
  readonly pace: Pace;
  /** No engine is started meanwhile: it would be right to refuse. */
  readonly forbidsStart?: boolean;
  /** Answers what ends it, beyond `clearFaults`. */
  readonly begin: (scene: LiveScene) => Promise<() => Promise<void>> | void;
};

type Answer = Parameters<LocalCloud['control']['addFault']>[0];

function faults(title: string, pace: Pace, ...answers: readonly Answer[]): LiveEvent {
  return {
    title,
    pace,
    begin: ({ cloud }) => {
      for (const answer of answers) cloud.control.addFault(answer);
    },
  };
}

function error(verb: string, status: number, code: string): Answer {
  return { verb, kind: 'error', status, code };
}

/** What a gateway, a portal or a provider in maintenance answers to anything. */
function page(verb: string, status: number): Answer {
  return { verb, kind: 'error', status, body: '<!doctype html><title>Please wait</title>' };
}

const provider = ['oidc /token', 'oidc /.well-known', 'oidc /jwks'];
const lists = 'ListObjectsV2';
const sts = 'AssumeRoleWithWebIdentity';

/** Ended by `clearFaults`; the two that end sessions last only for a moment. */
const serviceEvents: readonly LiveEvent[] = [
  faults('no answer from any service', 'quick', { verb: '*', kind: 'cut-before' }),
  faults('503 from every service', 'quick', error('*', 503, 'SlowDown')),
  faults('500 from one request in three', 'quick', {
    ...error('*', 500, 'InternalError'),
    probability: 0.3,
  }),
  faults('lost replies', 'quick', { verb: '*', kind: 'cut-after', probability: 0.2 }),
  faults('truncated downloads', 'quick', {
    verb: 'GetObject',
    kind: 'truncate',
    keepBytes: 100,
    probability: 0.5,
  }),
  faults('slow answers', 'quick', { verb: '*', kind: 'delay', delayMs: 1500 }),
  faults('409 ConditionalRequestConflict', 'quick', error('PutObject', 409, 'ConditionalRequestConflict')),
  faults('InvalidIdentityToken of STS', 'quick', error(sts, 400, 'InvalidIdentityToken')),
  faults('IDPCommunicationError of STS', 'quick', error(sts, 400, 'IDPCommunicationError')),
  faults('STS throttles', 'quick', error(sts, 400, 'Throttling')),
  faults('maintenance page of the provider', 'quick', ...provider.map((verb) => error(verb, 404, 'Gone'))),
  faults('403 of the provider', 'quick', ...provider.map((verb) => error(verb, 403, 'Forbidden'))),
  faults('redirect of a captive portal', 'quick', ...provider.map((verb) => error(verb, 302, 'Found'))),
  faults('page with 200 in place of the provider', 'quick', ...provider.map((verb) => page(verb, 200))),
  faults('page with 200 in place of every service', 'quick', page('*', 200)),
  faults('511 from every service', 'quick', page('*', 511)),
  faults('502 from every service', 'quick', page('*', 502)),
  faults('429 from every service', 'quick', page('*', 429)),
  faults('redirect to another host', 'quick', {
    ...page('*', 307),
    headers: { location: 'http://127.0.0.1:9/' },
  }),
  {
    title: 'sessions end before their time',
    pace: 'quick',
    begin: ({ cloud: { control } }) => {
      control.endSessions();
    },
  },
  {
    title: 'short sessions',
    pace: 'quick',
    begin: ({ cloud: { control }, random }) => {
      control.patch({
        forceSessionSeconds: random.pick([5, 70, null]),
        idTokenSeconds: random.pick([61, 3600]),
      });
    },
  },
  faults('403 for listings', 'slow', error(lists, 403, 'AccessDenied')),
  faults('404 NoSuchBucket', 'slow', error(lists, 404, 'NoSuchBucket')),
  faults('507 QuotaExceeded', 'slow', error('PutObject', 507, 'QuotaExceeded')),
  faults('RequestTimeTooSkewed', 'slow', error('*', 403, 'RequestTimeTooSkewed')),
  faults('403 for one file', 'slow', { ...error('PutObject', 403, 'AccessDenied'), keyContains: '7.txt' }),
  faults('one unreadable object', 'slow', {
    ...error('GetObject', 403, 'AccessDenied'),
    keyContains: '3.txt',
  }),
  faults('405 for uploads', 'slow', error('PutObject', 405, 'MethodNotAllowed')),
  faults('410 for downloads', 'slow', error('GetObject', 410, 'Gone')),
  faults('501 for listings', 'slow', error(lists, 501, 'NotImplemented')),
  faults('KMS refuses', 'slow', error('PutObject', 400, 'KMS.DisabledException')),
];

/** Something happens to one of the machines. */
const machineEvents: readonly LiveEvent[] = [
  {
    title: 'a machine sleeps',
    pace: 'quick',
    begin: async ({ devices, random }) => random.pick(devices).sleep(),
  },
  {
    title: 'the folder is away',
    pace: 'quick',
    begin: async ({ devices, random }) => {
      const { folder } = random.pick(devices);
      await rename(folder, `${folder} away`);
      return async () => {
        // Nothing was made in its place: an engine does not make the folder of a pair that was synced.
        await rename(`${folder} away`, folder);
      };
    },
  },
  {
    title: 'the settings cannot be read',
    pace: 'quick',
    forbidsStart: true,
    begin: async ({ devices, random }) => {
      const file = join(random.pick(devices).home, 'config.json');
      const text = await readFile(file);
      await writeFile(file, '{ "accounts": [');
      return () => writeFile(file, text);
    },
  },
  {
    title: 'the ignore file cannot be read',
    pace: 'quick',
    begin: async ({ devices, random }) => {
      const file = join(random.pick(devices).folder, '.driftlessignore');
      await mkdir(file);
      return () => rmdir(file);
    },
  },
];

export const liveEvents: readonly LiveEvent[] = [...serviceEvents, ...machineEvents];
