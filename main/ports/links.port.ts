// Share links: addresses that let anyone with them download one object until they expire.
import type { AccountConfig } from '../core/config/config.ts';
import type { AwsCredentials } from './credentials.port.ts';

export type LinkRequest = {
  readonly account: AccountConfig;
  readonly bucket: string;
  readonly key: string;
  /** Name that the download gets. */
  readonly fileName: string;
  /** The one who signs pays for what the link fetches. */
  readonly requestPayer: boolean;
  readonly credentials: AwsCredentials;
  readonly nowMs: number;
  readonly expiresInSeconds: number;
};

export interface Links {
  /** Whether this machine's administrator allows links. Throws SyncError where the policy cannot be read. */
  isAllowed(signal: AbortSignal): Promise<boolean>;
  /** The address is a bearer secret until it expires: shown once, never logged. */
  sign(request: LinkRequest): Promise<string>;
}
