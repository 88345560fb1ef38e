// Until when AWS access works that was issued before a sign-out: nobody can take it back, so the person is told.
import type { AccountConfig, ExchangeConfig } from '../config/config.ts';
import { exchangeForPrograms } from '../config/config.ts';
import { assertNever } from '../model/errors.ts';

export type AccessEnd = {
  readonly untilMs: number;
  /** False: nobody here knows the time, and this is the latest that it can be. */
  readonly isKnown: boolean;
};

const hourMs = 3_600_000;
const minuteMs = 60_000;

/** The longest that a session of this account can last, the one for other programs included. */
export function longestSessionMs(account: AccountConfig): number {
  return Math.max(sessionMs(account.exchange), sessionMs(exchangeForPrograms(account)));
}

function sessionMs(exchange: ExchangeConfig): number {
  switch (exchange.kind) {
    case 'web-identity':
    case 'saml':
      return exchange.durationSeconds * 1000;
    case 'delegation':
      // The endpoint chooses; AWS lets no role's session last longer.
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

/** By the person's own clock, rounded up: access must not outlive what is said of it. */
export function localTime(atMs: number): string {
  const at = new Date(Math.ceil(atMs / minuteMs) * minuteMs);
  return [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}
