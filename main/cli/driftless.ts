#!/usr/bin/env node
// Entry point of the command line, with V8's compile cache.
import { keepCompiledCode } from '../adapters/system/compiled-code.ts';
import { widenHeapToLoad } from '../adapters/limits/heap-bounds.ts';

widenHeapToLoad();
keepCompiledCode();
// Only now, so that the cache stands before anything large is compiled.
await import('./cli.ts');
