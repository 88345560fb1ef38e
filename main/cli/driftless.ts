#!/usr/bin/env node
// What a person starts: the command line, with the code that V8 compiled last time.
import { keepCompiledCode } from '../adapters/system/compiled-code.ts';

keepCompiledCode();
// Only now, so that the cache stands before anything large is compiled.
await import('./cli.ts');
