// The identity provider's sessions, grants and refresh tokens. A copy on disk keeps sign-ins over a restart.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Adapter, AdapterPayload } from 'oidc-provider';

type Row = { readonly payload: AdapterPayload; readonly expiresAtMs: number | null };

/** Rows of all the provider's models, keyed `Model:id`. */
export class OidcStore {
  readonly #path: string;
  readonly #rows: Map<string, Row>;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#rows = readRows(path);
  }

  /** `reuseSeconds`: how long a refresh token that was exchanged passes for an unused one. */
  adapter(model: string, reuseSeconds: () => number): Adapter {
    const key = (id: string): string => `${model}:${id}`;
    const findBy = (test: (payload: AdapterPayload) => boolean): AdapterPayload | undefined => {
      for (const [name, row] of this.#rows)
        if (name.startsWith(`${model}:`) && this.#live(row) && test(row.payload)) return row.payload;
      return undefined;
    };
    return {
      upsert: async (id, payload, expiresIn) => {
        this.#rows.set(key(id), {
          payload,
          expiresAtMs: expiresIn === undefined ? null : Date.now() + expiresIn * 1000,
        });
        this.#saveSoon();
      },
      find: async (id) => {
        const row = this.#rows.get(key(id));
        if (row === undefined || !this.#live(row)) return undefined;
        if (model !== 'RefreshToken' || typeof row.payload.consumed !== 'number') return row.payload;
        const mayReuse = row.payload.consumed + reuseSeconds() > Date.now() / 1000;
        return mayReuse ? { ...row.payload, consumed: undefined } : row.payload;
      },
      findByUserCode: async (userCode) => findBy((payload) => payload.userCode === userCode),
      findByUid: async (uid) => findBy((payload) => payload.uid === uid),
      consume: async (id) => {
        const row = this.#rows.get(key(id));
        if (row !== undefined) row.payload.consumed ??= Math.floor(Date.now() / 1000);
        this.#saveSoon();
      },
      destroy: async (id) => {
        this.#rows.delete(key(id));
        this.#saveSoon();
      },
      revokeByGrantId: async (grantId) => {
        for (const [name, row] of this.#rows) if (row.payload.grantId === grantId) this.#rows.delete(name);
        this.#saveSoon();
      },
    };
  }

  /** Forgets everything: every session and refresh token is revoked. */
  clear(): void {
    this.#rows.clear();
    this.#saveSoon();
  }

  close(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#save();
  }

  #live(row: Row): boolean {
    return row.expiresAtMs === null || row.expiresAtMs > Date.now();
  }

  #saveSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#save();
    }, 100).unref();
  }

  #save(): void {
    const live = [...this.#rows].filter(([, row]) => this.#live(row));
    try {
      writeFileSync(this.#path, JSON.stringify(live), { mode: 0o600 });
    } catch (error) {
      // The directory may have been removed under a cloud that is about to stop; anything else must be seen.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
}

function readRows(path: string): Map<string, Row> {
  try {
    return new Map(JSON.parse(readFileSync(path, 'utf8')) as readonly (readonly [string, Row])[]);
  } catch {
    // No copy yet, or one cut short by a kill: people sign in again.
    return new Map();
  }
}
