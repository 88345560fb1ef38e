// Entry of the desktop app: joins the engine and the Electron shell.
import { join } from 'node:path';
import { composeDesktop } from './compose/desktop.ts';
import { demandOwnHome } from './compose/own-home.ts';
import { startShell } from './shell/start.ts';

// This file is `dist/main/index.js` when it runs.
startShell({ composeDesktop, demandOwnHome, distDir: join(import.meta.dirname, '..') });
