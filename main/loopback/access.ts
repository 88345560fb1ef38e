// Who may use the loopback page: one-use codes are swapped for per-tab bearers, which end when they idle; too many requests are turned away.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export type AccessLimits = {
  /** Lifetime of an unopened link. */
  readonly codeMs: number;
  /** A tab with no open stream and no request for this long is signed out. */
  readonly idleMs: number;
  readonly maxTabs: number;
  readonly requestsPerSecond: number;
  readonly burst: number;
};

export const defaultAccessLimits: AccessLimits = {
  codeMs: 3_600_000,
  idleMs: 1_800_000,
  maxTabs: 16,
  requestsPerSecond: 20,
  burst: 100,
};

export type PageAccess = {
  /** A fresh one-use code; earlier unused ones stay good until they expire. */
  issueCode(): string;
  /** The bearer for a good code, exactly once; otherwise null. */
  redeem(code: string): string | null;
  /** Whether the bearer is good; using it keeps it alive. */
  accepts(bearer: string): boolean;
  /** While a stream is open the tab is not idle. Returns the release. */
  hold(bearer: string): () => void;
  /** False: over the rate limit of this client. */
  allowsRequest(asker: Asker): boolean;
};

/** Who spends from which budget: a tab that has been let in from its own, everybody else from a common one. */
export type Asker = { readonly kind: 'tab'; readonly bearer: string } | { readonly kind: 'newcomer' };

type Budget = { tokens: number; refilledMs: number };
type Tab = { seenMs: number; streams: number; readonly budget: Budget };

/** @param nowMs a monotonic clock */
export function createPageAccess(limits: AccessLimits, nowMs: () => number): PageAccess {
  const codes = new Map<string, number>();
  const tabs = new Map<string, Tab>();
  const newcomers = fullBudget();

  function fullBudget(): Budget {
    return { tokens: limits.burst, refilledMs: nowMs() };
  }

  function budgetOf(asker: Asker): Budget {
    switch (asker.kind) {
      case 'tab':
        return tabOf(asker.bearer)?.budget ?? newcomers;
      case 'newcomer':
        return newcomers;
    }
  }

  function dropExpired(): void {
    const now = nowMs();
    for (const [digest, issuedMs] of codes) if (now - issuedMs > limits.codeMs) codes.delete(digest);
    for (const [digest, tab] of tabs) {
      if (tab.streams === 0 && now - tab.seenMs > limits.idleMs) tabs.delete(digest);
    }
  }

  function tabOf(bearer: string): Tab | null {
    dropExpired();
    const digest = find(tabs.keys(), bearer);
    return digest === null ? null : (tabs.get(digest) ?? null);
  }

  return {
    issueCode() {
      dropExpired();
      const code = randomBytes(32).toString('base64url');
      codes.set(digestOf(code), nowMs());
      return code;
    },
    redeem(code) {
      dropExpired();
      const digest = find(codes.keys(), code);
      if (digest === null || tabs.size >= limits.maxTabs) return null;
      codes.delete(digest);
      const bearer = randomBytes(32).toString('base64url');
      tabs.set(digestOf(bearer), { seenMs: nowMs(), streams: 0, budget: fullBudget() });
      return bearer;
    },
    accepts(bearer) {
      const tab = tabOf(bearer);
      if (tab === null) return false;
      tab.seenMs = nowMs();
      return true;
    },
    hold(bearer) {
      const tab = tabOf(bearer);
      if (tab !== null) tab.streams += 1;
      return () => {
        if (tab === null) return;
        tab.streams -= 1;
        tab.seenMs = nowMs();
      };
    },
    allowsRequest(asker) {
      const budget = budgetOf(asker);
      const now = nowMs();
      const earned = ((now - budget.refilledMs) / 1000) * limits.requestsPerSecond;
      budget.tokens = Math.min(limits.burst, budget.tokens + earned);
      budget.refilledMs = now;
      if (budget.tokens < 1) return false;
      budget.tokens -= 1;
      return true;
    },
  };
}

/** Only digests are kept, and compared in constant time, so that neither memory nor timing gives a secret away. */
function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function find(digests: Iterable<string>, secret: string): string | null {
  const wanted = Buffer.from(digestOf(secret));
  let found: string | null = null;
  for (const digest of digests) if (timingSafeEqual(Buffer.from(digest), wanted)) found = digest;
  return found;
}
