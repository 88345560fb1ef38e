// Connects page state and bridge: events, snapshots, commands.
import { useCallback, useEffect, useReducer, useRef } from 'react';
import type { Bridge, Input, Output, RequestName, Result } from '../../preload/contract.ts';
import { initialPageState, reduce } from './page-state.ts';
import type { PageAction, PageState } from './page-state.ts';

/** Retry interval of a failed snapshot request. */
const SNAPSHOT_RETRY_MS = 1_000;

export type Send = <N extends RequestName>(
  name: N,
  input: Input<N>,
  isSilent?: boolean,
) => Promise<Result<Output<N>>>;

/** A request whose answer only its view needs: no busy state, no announcement. */
export type Ask = <N extends RequestName>(name: N, input: Input<N>) => Promise<Result<Output<N>>>;

export type Page = {
  readonly ask: Ask;
  readonly state: PageState;
  readonly dispatch: (action: PageAction) => void;
  readonly send: Send;
};

/** Names one request with its input, so that its button can show that it is under way. */
export function requestKey(name: RequestName, input: unknown): string {
  return `${name} ${JSON.stringify(input)}`;
}

export function usePage(bridge: Bridge): Page {
  const [state, dispatch] = useReducer(
    reduce,
    bridge.watchConnection === undefined ? 'open' : 'lost',
    initialPageState,
  );
  const inFlight = useRef(new Set<string>());

  useEffect(() => {
    // Subscribe before the first snapshot, so that no event is missed in between.
    const unsubscribe = bridge.subscribe((event) => {
      dispatch({ kind: 'eventHeard', event });
    });
    const unwatch = bridge.watchConnection?.((connection) => {
      dispatch({ kind: 'connectionChanged', connection });
    });
    return () => {
      unwatch?.();
      unsubscribe();
    };
  }, [bridge]);

  const { needsSnapshot, connection, epoch } = state;
  useEffect(() => {
    if (!needsSnapshot || connection !== 'open') return;
    return keepAsking(bridge, (snapshot) => {
      dispatch({ kind: 'snapshotTaken', snapshot, epoch });
    });
  }, [bridge, needsSnapshot, connection, epoch]);

  const send = useCallback<Send>(
    async (name, input, isSilent = false) => {
      const key = requestKey(name, input);
      // Ignore a second click while the first request is in flight.
      if (inFlight.current.has(key)) return { ok: false, error: { code: 'cancelled', fields: {} } };
      inFlight.current.add(key);
      dispatch({ kind: 'requestStarted', key });
      const result = await bridge.request(name, input);
      inFlight.current.delete(key);
      dispatch(
        result.ok
          ? { kind: 'requestDone', key, request: name, isSilent }
          : { kind: 'requestFailed', key, error: result.error },
      );
      return result;
    },
    [bridge],
  );
  const ask = useCallback<Ask>((name, input) => bridge.request(name, input), [bridge]);
  return { state, dispatch, send, ask };
}

function keepAsking(bridge: Bridge, taken: (snapshot: Output<'snapshot'>) => void): () => void {
  let isWanted = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  async function ask(): Promise<void> {
    const result = await bridge.request('snapshot', {});
    // Taken even if the connection went meanwhile: the state knows by its epoch whether it still is an answer.
    if (result.ok) taken(result.value);
    else if (isWanted) timer = setTimeout(() => void ask(), SNAPSHOT_RETRY_MS); // ask() never rejects: a bridge answers with a result
  }
  void ask(); // as above
  return () => {
    isWanted = false;
    clearTimeout(timer);
  };
}
