// Refresh token storage: system keychain in the desktop, a file of mode 0600 elsewhere.

export interface Secrets {
  /** `null` when there is none. Throws SyncError secrets-unavailable (locked keychain) or secrets-unsafe (a file others may read). */
  read(key: string, signal: AbortSignal): Promise<string | null>;

  /** Durable when it resolves: a crash right after must find the new value, because a rotated refresh token works only once. */
  write(key: string, value: string, signal: AbortSignal): Promise<void>;

  /** No error when there is none. */
  remove(key: string, signal: AbortSignal): Promise<void>;
}
