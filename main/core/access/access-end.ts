// Expiry of AWS credentials issued before sign-out; they cannot be revoked.
import type { AccountConfig, ExchangeConfig } from '../config/config.ts';
import { exchangeForPrograms } from '../config/config.ts';
import { assertNever } from '../model/errors.ts';

export type AccessEnd = {
  readonly untilMs: number;
  /** False: the exact time is unknown, and this is the latest possible one. */
  readonly isKnown: boolean;
};

const hourMs = 3_600_000;
const minuteMs = 60_000;

/** Longest possible session of this account, including the session for other programs. */
export function longestSessionMs(account: AccountConfig): number {
  return Math.max(sessionMs(account.exchange), sessionMs(exchangeForPrograms(account)));
}

function sessionMs(exchange: ExchangeConfig): number {
  switch (exchange.kind) {
    case 'web-identity':
    case 'access-grants':
    case 'saml':
      return exchange.durationSeconds * 1000;
    case 'delegation':
    case 'aws-profile':
      // The endpoint or the profile chooses; AWS limits every role's session to this.
      return 12 * hourMs;
    case 'cognito':
      // Fixed for the enhanced flow.
      return hourMs;
    default:
      return assertNever(exchange);
  }
}

export function accessEndWords({ untilMs, isKnown }: AccessEnd): string {
  return `AWS access already issued works ${isKnown ? 'until' : 'at the latest until'} ${localTime(untilMs)}.`;
}

/** In the user's time zone, rounded up: access must not outlive the time shown. */
export function localTime(atMs: number): string {
  const at = new Date(Math.ceil(atMs / minuteMs) * minuteMs);
  return [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}
