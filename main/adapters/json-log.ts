// The log: one line of JSON per event, with secrets taken out by field name, by look, and by value for those registered here.
import { redactText, redactValue } from '../core/redact.ts';
import type { Log, LogFields } from '../ports/log.port.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** The latest secrets of this process; the oldest fall out, they have expired by then. */
export class SecretRegistry {
  readonly #values = new Set<string>();
  readonly #capacity: number;

  constructor(capacity = 256) {
    this.#capacity = capacity;
  }

  add(value: string): void {
    this.#values.delete(value);
    this.#values.add(value);
    if (this.#values.size > this.#capacity) {
      const oldest = this.#values.values().next();
      if (oldest.done !== true) this.#values.delete(oldest.value);
    }
  }

  values(): Iterable<string> {
    return this.#values;
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
