// Progress of a sync in one line of a terminal, redrawn in place.
import type { TransferProgress } from '../../sync/context.ts';
import { oneLine } from './one-line.ts';

export type TerminalOutput = {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
};

export type ProgressOptions = {
  readonly output: TerminalOutput;
  /** False under NO_COLOR: then nothing but the place of the cursor is controlled. */
  readonly isStyled: boolean;
  readonly monotonicMs: () => number;
};

/** Two redraws are at least this far apart; a transfer tells of itself many times a second. */
const shortestGapMs = 100;
const usualColumns = 80;

type Environment = Readonly<Record<string, string | undefined>>;

/** `null` where output is read by a program: a pipe, `--json`, a log, or a terminal that cannot erase a line. */
export function progressFor(
  given: Omit<ProgressOptions, 'isStyled'> & {
    readonly env: Environment;
    readonly isJson: boolean;
    readonly isVerbose: boolean;
  },
): ProgressLine | null {
  const { env, isJson, isVerbose, output, monotonicMs } = given;
  if (isJson || isVerbose || output.isTTY !== true || env['TERM'] === 'dumb') return null;
  // https://no-color.org: present and not empty.
  const isStyled = (env['NO_COLOR'] ?? '') === '';
  return new ProgressLine({ output, isStyled, monotonicMs });
}

export class ProgressLine {
  readonly #options: ProgressOptions;
  readonly #transfers = new Map<string, TransferProgress>();
  #pair = '';
  #planned = 0;
  #ended = 0;
  #drawnAtMs: number | null = null;
  #isShown = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  begin(pair: string): void {
    this.#pair = pair;
    this.#planned = 0;
    this.#ended = 0;
    this.#transfers.clear();
    this.#draw(true);
  }

  planned(count: number): void {
    this.#planned += count;
    this.#draw(true);
  }

  stepEnded(): void {
    this.#ended += 1;
    this.#draw(this.#ended === this.#planned);
  }

  transfer(progress: TransferProgress): void {
    const key = `${progress.direction} ${progress.path}`;
    if (progress.isOver) this.#transfers.delete(key);
    else this.#transfers.set(key, progress);
    this.#draw(false);
  }

  /** Makes room for a message; the next change draws the line again. */
  clear(): void {
    if (this.#isShown) this.#options.output.write('\r\u001b[K');
    this.#isShown = false;
    this.#drawnAtMs = null;
  }

  #draw(isDue: boolean): void {
    const { output, isStyled, monotonicMs } = this.#options;
    const nowMs = monotonicMs();
    if (!isDue && this.#drawnAtMs !== null && nowMs - this.#drawnAtMs < shortestGapMs) return;
    this.#drawnAtMs = nowMs;
    this.#isShown = true;
    // The last column stays free: a full line wraps, and what has wrapped cannot be erased.
    const room = (output.columns ?? usualColumns) - 1;
    const [counts, current] = this.#words();
    const head = cutToWidth(counts, room);
    const tail = cutToWidth(current, room - widthOf(head));
    output.write(`\r\u001b[K${head}${isStyled && tail !== '' ? `\u001b[2m${tail}\u001b[22m` : tail}`);
  }

  #words(): readonly [counts: string, current: string] {
    const pair = oneLine(this.#pair);
    if (this.#planned === 0) return [`${pair}: comparing`, ''];
    const counts = `${pair}: ${String(this.#ended)} of ${String(this.#planned)} steps`;
    const [first] = this.#transfers.values();
    if (first === undefined) return [counts, ''];
    const others = this.#transfers.size - 1;
    const percent = Math.floor((100 * first.bytesDone) / Math.max(1, first.bytesTotal));
    const arrow = first.direction === 'up' ? 'sending' : 'receiving';
    const more = others === 0 ? '' : ` and ${String(others)} more`;
    return [counts, `, ${arrow} ${String(percent)} %${more}: ${oneLine(first.path)}`];
  }
}

/** Columns of a text; a character of unknown width counts as two, so that the line never wraps. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

function widthOfCharacter(character: string): number {
  return (character.codePointAt(0) ?? 0) < firstWide ? 1 : 2;
}

/** Hangul Jamo, the first of the scripts that terminals draw two columns wide. */
const firstWide = 0x1100;

function cutToWidth(text: string, room: number): string {
  if (widthOf(text) <= room) return text;
  let kept = '';
  let width = 0;
  for (const character of text) {
    width += widthOfCharacter(character);
    if (width > room - 3) break;
    kept += character;
  }
  return room < 3 ? '' : `${kept}...`;
}
