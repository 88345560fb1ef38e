// Many rows that look alike, and counts of the planner's work for them.
import { vi } from 'vitest';
import type { Entry } from '../../main/core/model/model.ts';

/** All of one length, so of one size. */
export const text = (at: number): string => `text ${String(at).padStart(5, '0')}`;

export const inodeAt = (at: number): bigint => 1000n + BigInt(at);

/** `top/d/d/d`, `depth` folders below `top`. */
export function deep(top: string, depth: number): string {
  return [top, ...Array.from({ length: depth }, () => 'd')].join('/');
}

export function numbered(count: number, rowsAt: (at: number) => readonly Entry[]): readonly Entry[] {
  return Array.from({ length: count }, (_, at) => rowsAt(at)).flat();
}

export type TextMethod = 'slice' | 'lastIndexOf' | 'startsWith' | 'toLowerCase' | 'replace' | 'split';

/** How often these methods of texts are called: whatever is done with a name begins with one of them. */
export function textCallsOf(methods: readonly TextMethod[], run: () => unknown): number {
  const counted = methods.map((method) => vi.spyOn(String.prototype, method));
  try {
    run();
    return counted.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  } finally {
    for (const one of counted) one.mockRestore();
  }
}
