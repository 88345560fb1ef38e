// JSON-lines logger; redacts secrets by field name, by pattern, and by registered value.
import { jsonText } from '../../core/json-text.ts';
import { asSecret, redactText, redactValue } from '../../core/redact.ts';
import type { Secret } from '../../core/redact.ts';
import type { Log, LogFields } from '../../ports/log.port.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** AWS issues credentials for 12 hours at most; a refresh token is registered again at each use. */
const longestLifeMs = 13 * 3_600_000;
const defaultCapacity = 256;

type Registered = { readonly secret: Secret; readonly owner: string | null; readonly sinceMs: number };

/** The latest secrets of this process, to be redacted. Values are dropped once they have expired, and when their account signs out. */
export class SecretRegistry {
  readonly #secrets = new Map<string, Registered>();
  readonly #nowMs: () => number;
  readonly #capacity: number;

  /** @param nowMs a monotonic clock */
  constructor(nowMs: () => number, capacity = defaultCapacity) {
    this.#nowMs = nowMs;
    this.#capacity = capacity;
  }

  /** @param owner the account; null for what lasts as long as the process, such as a proxy's password */
  add(value: string, owner: string | null): void {
    const known = this.#secrets.get(value);
    this.#secrets.delete(value);
    const secret = known?.secret ?? asSecret(value);
    this.#secrets.set(value, { secret, owner, sinceMs: this.#nowMs() });
    if (this.#secrets.size > this.#capacity) {
      const oldest = this.#secrets.keys().next();
      if (oldest.done !== true) this.#secrets.delete(oldest.value);
    }
  }

  /** For `forget`: what is added from now on is not meant by it. */
  mark(): number {
    return this.#nowMs();
  }

  /**
   * What the owner had at the mark. To be called some time after a sign-out, at which the mark was taken: answers that repeat
   * a token may still be under way, and the owner may have signed in again.
   */
  forget(owner: string, mark = Number.POSITIVE_INFINITY): void {
    for (const [value, one] of this.#secrets)
      if (one.owner === owner && one.sinceMs <= mark) this.#secrets.delete(value);
  }

  values(): readonly Secret[] {
    const oldestMs = this.#nowMs() - longestLifeMs;
    for (const [value, one] of this.#secrets)
      if (one.owner !== null && one.sinceMs < oldestMs) this.#secrets.delete(value);
    return [...this.#secrets.values()].map(({ secret }) => secret);
  }
}

export type LogOptions = {
  readonly write: (line: string) => void;
  readonly level: LogLevel;
  readonly secrets: SecretRegistry;
  readonly nowMs: () => number;
};

export function createJsonLog(options: LogOptions): Log {
  const emit = (level: LogLevel, message: string, fields: LogFields | undefined): void => {
    if (order.indexOf(level) < order.indexOf(options.level)) return;
    const { message: detail, ...others } = fields ?? {};
    // Monitoring counts lines by their message: an error's own text goes beside it.
    const safe = redactValue(detail === undefined ? others : { ...others, detail }, options.secrets.values());
    const line = jsonText({
      at: new Date(options.nowMs()).toISOString(),
      level,
      message: redactText(message, options.secrets.values()),
      ...(typeof safe === 'object' ? safe : {}),
    });
    options.write(`${line}\n`);
  };
  return {
    debug: (message, fields) => {
      emit('debug', message, fields);
    },
    info: (message, fields) => {
      emit('info', message, fields);
    },
    warn: (message, fields) => {
      emit('warn', message, fields);
    },
    error: (message, fields) => {
      emit('error', message, fields);
    },
  };
}
