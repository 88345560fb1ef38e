// Notification about changed network addresses, without loopback and self-assigned ones.
import type { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchNetwork } from '../../main/adapters/http/network-watch.ts';

type Interfaces = ReturnType<typeof networkInterfaces>;

function withAddresses(addresses: Readonly<Record<string, string>>): Interfaces {
  return Object.fromEntries(
    Object.entries(addresses).map(([name, address]) => [
      name,
      [
        {
          address,
          netmask: '',
          family: 'IPv4' as const,
          mac: '',
          internal: address.startsWith('127.'),
          cidr: null,
        },
      ],
    ]),
  );
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function watching(first: Interfaces) {
  const state: { interfaces: Interfaces | null; changes: number } = { interfaces: first, changes: 0 };
  const watch = watchNetwork({
    onChange: () => {
      state.changes += 1;
    },
    everyMs: 1000,
    read: () => {
      if (state.interfaces === null) throw new Error('uv_interface_addresses returned EMFILE');
      return state.interfaces;
    },
  });
  return { state, watch };
}

test('a new address causes one notification and an unchanged set none', () => {
  const { state, watch } = watching(withAddresses({ lo: '127.0.0.1' }));
  vi.advanceTimersByTime(5000);
  expect(state.changes).toBe(0);
  state.interfaces = withAddresses({ lo: '127.0.0.1', eth0: '10.0.0.5' });
  vi.advanceTimersByTime(5000);
  expect(state.changes).toBe(1);
  watch.stop();
});

test('losing the network triggers no retry and getting it back does', () => {
  const { state, watch } = watching(withAddresses({ eth0: '10.0.0.5' }));
  state.interfaces = withAddresses({ lo: '127.0.0.1' });
  vi.advanceTimersByTime(2000);
  expect(state.changes).toBe(0);
  state.interfaces = withAddresses({ eth0: '10.0.0.5' });
  vi.advanceTimersByTime(2000);
  expect(state.changes).toBe(1);
  watch.stop();
});

test('a self-assigned address is no network', () => {
  const { state, watch } = watching(withAddresses({}));
  state.interfaces = withAddresses({ eth0: '169.254.7.7' });
  vi.advanceTimersByTime(3000);
  expect(state.changes).toBe(0);
  watch.stop();
});

test('no notification follows a stop', () => {
  const { state, watch } = watching(withAddresses({}));
  watch.stop();
  state.interfaces = withAddresses({ eth0: '10.0.0.5' });
  vi.advanceTimersByTime(3000);
  expect(state.changes).toBe(0);
});

test('addresses that cannot be read end nothing, and are asked for again', () => {
  const { state, watch } = watching(withAddresses({}));
  state.interfaces = null;
  vi.advanceTimersByTime(2000);
  expect(state.changes).toBe(0);
  state.interfaces = withAddresses({ eth0: '10.0.0.5' });
  vi.advanceTimersByTime(2000);
  expect(state.changes).toBe(1);
  watch.stop();
});
