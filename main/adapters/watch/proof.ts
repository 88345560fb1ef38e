// Proof that a watch reports: sets the times of Driftless's own folder inside the watched one, and waits for that event.
import { lutimes } from '../shares/calls.ts';

/** `unknown`: nothing there that may be touched, as in a folder on a read-only disk. */
export type ProofOutcome = 'heard' | 'silent' | 'unknown';

export type ProofOptions = {
  /** Causes one event in the watched folder; false where that cannot be done. */
  readonly touch: () => Promise<boolean>;
  /** How long its event may take. Longer than a busy machine is late by: silence costs a scan every minute. */
  readonly deadlineMs: number;
};

export const defaultProofMs = 30_000;

/** Some disks take watches and never report through them: emulated kernels, shared folders of virtual machines, FUSE on macOS. */
export class WatchProof {
  readonly #options: ProofOptions;
  #onHeard: (() => void) | null = null;
  #onStop: (() => void) | null = null;

  constructor(options: ProofOptions) {
    this.#options = options;
  }

  /** To be called with the events of what `touch` changes. */
  heard(): void {
    this.#onHeard?.();
  }

  /** Touches once and waits for the event. Never rejects; `unknown` after `stop`. */
  prove(): Promise<ProofOutcome> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | null = null;
      const end = (outcome: ProofOutcome): void => {
        if (timer !== null) clearTimeout(timer);
        this.#onHeard = null;
        this.#onStop = null;
        resolve(outcome);
      };
      this.#onHeard = () => {
        end('heard');
      };
      this.#onStop = () => {
        end('unknown');
      };
      // Events that wait while the process was busy are read between the timer and the check.
      const isOver = (): void => {
        setImmediate(() => setImmediate(() => this.#onHeard !== null && end('silent')));
      };
      void this.#options.touch().then((isTouched) => {
        if (!isTouched) end('unknown');
        else if (this.#onHeard !== null) timer = setTimeout(isOver, this.#options.deadlineMs);
      });
    });
  }

  stop(): void {
    this.#onStop?.();
  }
}

/** Sets the times of `path` to now. False where it is not there or may not be changed. */
export async function touchFolder(path: string): Promise<boolean> {
  try {
    const now = new Date();
    await lutimes(path, now, now);
    return true;
  } catch {
    return false;
  }
}
