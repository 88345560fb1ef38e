// Power and network conditions of the machine, and when they pause syncing.

/** Null where the system does not say. */
export type Conditions = { readonly onBattery: boolean | null; readonly isMetered: boolean | null };

export const unknownConditions: Conditions = { onBattery: null, isMetered: null };

export type PauseConditions = { readonly pauseOnBattery: boolean; readonly pauseOnMetered: boolean };

/** Why a pair pauses without a command of the user. */
export type PauseReason = 'battery' | 'metered';

/** What is not known pauses nothing: a machine without an answer would never sync. */
export function pauseReason(now: Conditions, settings: PauseConditions): PauseReason | null {
  if (settings.pauseOnBattery && now.onBattery === true) return 'battery';
  if (settings.pauseOnMetered && now.isMetered === true) return 'metered';
  return null;
}
