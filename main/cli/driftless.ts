#!/usr/bin/env node
// Entry point of the command line, with a bounded heap and V8's compile cache.
import { keepCompiledCode } from '../adapters/system/compiled-code.ts';
import { boundHeap } from '../adapters/limits/heap-bounds.ts';

boundHeap();
keepCompiledCode();
// Only now, so that the cache stands before anything large is compiled.
await import('./cli.ts');
