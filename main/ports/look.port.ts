// Settings of the app itself, kept across restarts.

export type LookSettings = {
  /** Null follows the system. */
  readonly language: 'en' | 'de' | null;
  readonly theme: 'system' | 'light' | 'dark';
  readonly notifications: boolean;
  readonly pauseOnBattery: boolean;
  readonly pauseOnMetered: boolean;
};

export interface LookStore {
  read(): LookSettings;
  /** Durable when it returns. Throws where the file cannot be written. */
  write(change: Partial<LookSettings>): void;
}
