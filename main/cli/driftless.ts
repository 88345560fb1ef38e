#!/usr/bin/env node
// Entry point of the built command line: the bundle beside it, with the code compiled in earlier runs.
import { askForThreads } from '../adapters/shares/threads.ts';
import { boundHeap, withoutBounds } from '../adapters/system/heap-bounds.ts';
import { runBundle } from '../adapters/system/code/run-bundle.ts';

askForThreads();
boundHeap(process.argv);
runBundle({
  starter: import.meta.filename,
  startMs: 3000,
  isThread: false,
  underFirstFlags: withoutBounds,
});
