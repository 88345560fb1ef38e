// A backend without an engine: its state is what the test says, and it records the commands it was given.
import type { Backend, CommandName, Commands, Overall, Snapshot } from '../../preload/contract.ts';
import { isRequestName, requestNames } from '../../preload/contract.ts';
import { emptySetup, plainSettings } from './scripted-backend.ts';
import { createPublisher } from '../../preload/snapshot-events.ts';
import type { SnapshotContent } from '../../preload/snapshot-events.ts';

const empty: SnapshotContent = {
  app: { version: '1.2.3', home: 'desktop', platform: 'linux', locale: 'en-GB' },
  overall: 'signed-out',
  accounts: [],
  pairs: [],
  activity: [],
  problems: [],
  problemsRevision: 0,
  conflictsRevision: 0,
  conflicts: [],
  setup: emptySetup,
  settings: plainSettings,
  newerVersion: null,
};

export type FakeBackend = Backend & {
  readonly calls: { readonly name: string; readonly input: unknown }[];
  change(part: Partial<SnapshotContent>): void;
  become(overall: Overall): void;
  content(): Snapshot;
};

export function createFakeBackend(): FakeBackend {
  const publisher = createPublisher(empty);
  const calls: { readonly name: string; readonly input: unknown }[] = [];
  const record = (name: string) => (input: unknown) => {
    calls.push({ name, input });
    return Promise.resolve({ ok: true as const, value: null });
  };
  const commandNames = requestNames.filter(
    (name): name is CommandName => isRequestName(name) && name !== 'snapshot',
  );
  const commands = Object.fromEntries(
    commandNames.map((name) => [name, record(name)]),
  ) as unknown as Commands;
  const change = (part: Partial<SnapshotContent>): void => {
    publisher.publish({ ...publisher.snapshot(), ...part });
  };
  return {
    snapshot: publisher.snapshot,
    subscribe: publisher.subscribe,
    commands,
    calls,
    change,
    become: (overall) => {
      change({ overall });
    },
    content: publisher.snapshot,
  };
}
