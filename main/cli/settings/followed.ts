// The line that says when a running engine follows a changed setting.
import { findEngine } from '../../adapters/system/engine-lock.ts';
import type { CliIo } from '../io.ts';

export function sayFollowed(io: CliIo): void {
  if (findEngine(io.home) !== null) io.say('The running engine follows within seconds.');
}
