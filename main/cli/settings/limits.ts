// `driftless limits`: bandwidth limits and their timetable, of all pairs or of one.
import { ConfigFile } from '../../adapters/config/file.ts';
import type { Fields } from '../../adapters/config/document.ts';
import { usage } from '../../control/usage-error.ts';
import type { AppConfig, LimitsConfig } from '../../core/config/config.ts';
import { parseRate } from '../../core/config/timetable.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import { sayFollowed } from './followed.ts';

export type LimitOptions = {
  readonly up?: string;
  readonly down?: string;
  readonly timetable?: string;
  readonly pair?: string;
};

export async function runLimits(io: CliIo, options: LimitOptions, signal: AbortSignal): Promise<ExitCode> {
  const file = new ConfigFile({ home: io.home, env: process.env });
  const { pair: id } = options;
  const before = await limitsIn(file, id, signal);
  if ([options.up, options.down, options.timetable].every((value) => value === undefined)) {
    print(io, id ?? null, before);
    return exitCodes.ok;
  }
  let after = before;
  const change = async (present: Fields, now: () => Promise<AppConfig>): Promise<Fields> => {
    await now();
    after = changed(present['limits'] ?? {}, options);
    return { limits: Object.keys(after).length === 0 ? undefined : after };
  };
  if (id === undefined) await file.changeShared(change, signal);
  else await file.changePair(id, change, signal);
  print(io, id ?? null, after);
  sayFollowed(io);
  return exitCodes.ok;
}

/** Those that are written for this pair, or beside all of them. */
async function limitsIn(
  file: ConfigFile,
  id: string | undefined,
  signal: AbortSignal,
): Promise<LimitsConfig> {
  const { limits, pairs } = await file.load(signal);
  if (id === undefined) return limits ?? {};
  if (!pairs.some((pair) => pair.id === id)) throw usage(`there is no pair ${JSON.stringify(id)}`);
  // `load` has checked the file, with the limits of all merged into the pair's; here its own are wanted.
  const own = (await file.pairAsWritten(id, signal))?.['limits'];
  return own === undefined ? {} : (own as LimitsConfig);
}

function changed(before: LimitsConfig, { up, down, timetable }: LimitOptions): LimitsConfig {
  const next: Record<string, unknown> = { ...before };
  if (up !== undefined) next['uploadBytesPerSecond'] = rateOf('--up', up);
  if (down !== undefined) next['downloadBytesPerSecond'] = rateOf('--down', down);
  if (timetable !== undefined) next['timetable'] = timetable === 'off' ? undefined : timetable;
  return Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined));
}

function rateOf(option: string, text: string): number | undefined {
  const rate = parseRate(text);
  if (rate === 'wrong') throw usage(`${option}: it must be a rate such as 512k, 10M or 1500b, or "off"`);
  return rate ?? undefined;
}

function print(io: CliIo, pair: string | null, limits: LimitsConfig): void {
  const { uploadBytesPerSecond = null, downloadBytesPerSecond = null, timetable = null } = limits;
  const rate = (bytes: number | null): string => (bytes === null ? 'no limit' : `${String(bytes)} bytes/s`);
  io.print(
    { ok: true, pair, uploadBytesPerSecond, downloadBytesPerSecond, timetable },
    [
      `upload: ${rate(uploadBytesPerSecond)}`,
      `download: ${rate(downloadBytesPerSecond)}`,
      `timetable: ${timetable ?? 'none'}`,
    ].join('\n'),
  );
}
