// What the endpoints of the local cloud share: identity, settings, faults, log and clock.
import type { GrantsInstance } from './grant-types.ts';
import type { Faults } from './faults.ts';
import type { Iam } from './iam.ts';
import type { TokenVerifier } from './jwt-verify.ts';
import type { CloudKeys } from './keys.ts';
import type { RequestLog } from './request-log.ts';
import type { Sessions } from './sessions.ts';
import type { Settings } from './settings.ts';

export type CloudParts = {
  readonly issuer: string;
  readonly clientId: string;
  readonly region: string;
  readonly identityPoolId: string;
  readonly iam: Iam;
  /** S3 Access Grants of the account; an instance is made by a test. */
  readonly grants: { instance: GrantsInstance | null };
  readonly keys: CloudKeys;
  readonly sessions: Sessions;
  readonly settings: Settings;
  readonly faults: Faults;
  readonly requestLog: RequestLog;
  readonly verifyToken: TokenVerifier;
  /** The cloud's clock: real time plus the skew that a test set. */
  readonly now: () => number;
};
