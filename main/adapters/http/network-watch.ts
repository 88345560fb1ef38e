// The addresses of this machine's network interfaces, watched for a change: what could not be reached may be reachable now.
import { networkInterfaces } from 'node:os';

export type NetworkWatchOptions = {
  readonly onChange: () => void;
  readonly everyMs?: number;
  readonly read?: () => ReturnType<typeof networkInterfaces>;
};

const defaultEveryMs = 5000;

/** Node has no event for it, so the addresses are compared every five seconds, which costs some 50 microseconds. */
export function watchNetwork({
  onChange,
  everyMs = defaultEveryMs,
  read = networkInterfaces,
}: NetworkWatchOptions): { stop(): void } {
  const look = (): string | null => {
    try {
      return addressesOf(read());
    } catch {
      // The system answers through a socket, and may have none left: asked again the next time.
      return null;
    }
  };
  let known = look();
  const timer = setInterval(() => {
    const now = look();
    if (now === null || now === known) return;
    known = now;
    // Losing the last address makes nothing reachable.
    if (now !== '') onChange();
  }, everyMs);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
}

/** Loopback, and addresses that every interface gives itself, say nothing about a way out. */
function addressesOf(interfaces: ReturnType<typeof networkInterfaces>): string {
  return Object.entries(interfaces)
    .flatMap(([name, addresses]) =>
      (addresses ?? [])
        .filter(({ internal, address }) => !internal && !/^(?:fe80:|169\.254\.)/iu.test(address))
        .map(({ address }) => `${name} ${address}`),
    )
    .sort()
    .join('\n');
}
