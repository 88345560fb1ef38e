// What store, STS and provider do wrong in the live soak: each kind of failure that once stopped a pair for good.
import type { LocalCloud } from '../local-cloud/cloud.ts';
import type { Seeded } from '../simulation/seeded.ts';

/** How soon the engine retries after it: seconds, or minutes where only a change elsewhere can be the cure. */
export type Pace = 'quick' | 'slow';

export type LiveEvent = {
  readonly title: string;
  readonly pace: Pace;
  readonly begin: (cloud: LocalCloud, random: Seeded) => void;
};

type Answer = Parameters<LocalCloud['control']['addFault']>[0];

function faults(title: string, pace: Pace, ...answers: readonly Answer[]): LiveEvent {
  return {
    title,
    pace,
    begin: ({ control }) => {
      for (const answer of answers) control.addFault(answer);
    },
  };
}

function error(verb: string, status: number, code: string): Answer {
  return { verb, kind: 'error', status, code };
}

const provider = ['oidc /token', 'oidc /.well-known', 'oidc /jwks'];
const lists = 'ListObjectsV2';
const sts = 'AssumeRoleWithWebIdentity';

/** Ended by `clearFaults`; the two that end sessions last only for a moment. */
export const liveEvents: readonly LiveEvent[] = [
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
  {
    title: 'sessions end before their time',
    pace: 'quick',
    begin: ({ control }) => {
      control.endSessions();
    },
  },
  {
    title: 'short sessions',
    pace: 'quick',
    begin: ({ control }, random) => {
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
  faults('KMS refuses', 'slow', error('PutObject', 400, 'KMS.DisabledException')),
];
