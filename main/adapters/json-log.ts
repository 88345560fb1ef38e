// The log: one line of JSON per event, with secrets taken out by field name, by look, and by value for those registered here.
import { asSecret, redactText, redactValue } from '../core/redact.ts';
import type { Secret } from '../core/redact.ts';
import type { Log, LogFields } from '../ports/log.port.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** The latest secrets of this process; the oldest fall out, they have expired by then. */
export class SecretRegistry {
  readonly #secrets = new Map<string, Secret>();
  readonly #capacity: number;

  constructor(capacity = 256) {
    this.#capacity = capacity;
  }

  add(value: string): void {
    const known = this.#secrets.get(value);
    this.#secrets.delete(value);
    this.#secrets.set(value, known ?? asSecret(value));
    if (this.#secrets.size > this.#capacity) {
      const oldest = this.#secrets.keys().next();
      if (oldest.done !== true) this.#secrets.delete(oldest.value);
    }
  }

  values(): readonly Secret[] {
    return [...this.#secrets.values()];
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
    const safe = redactValue(fields ?? {}, options.secrets.values());
    const line = JSON.stringify({
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
