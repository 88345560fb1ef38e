// `node build/draw-icons.ts`: renders every icon to build/icons/ with an installed Chromium.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright';
import type { Browser } from 'playwright';
import type { Overall } from '../preload/contract.ts';

const target = join(import.meta.dirname, 'icons');

function line(width: number, path: string): string {
  return `<path fill="none" stroke-width="${String(width)}" stroke-linecap="round" stroke-linejoin="round" d="${path}"/>`;
}

/** Shapes on a 22 x 22 grid, drawn in the ink colour on the state's disc. */
const glyphs: Readonly<Record<Overall, { readonly disc: string; readonly glyph: string }>> = {
  'in-sync': { disc: '#14806f', glyph: line(2.6, 'M6.4 11.4 9.7 14.6 15.8 7.8') },
  incomplete: { disc: '#946200', glyph: line(3, 'M6.4 11h9.2') },
  syncing: {
    disc: '#1f6fd1',
    glyph:
      line(2.2, 'M6 10.2a5.2 5.2 0 0 1 8.9-2.7') +
      `<path d="M16.9 4.4v5.4h-5.4z"/>` +
      line(2.2, 'M16 11.8a5.2 5.2 0 0 1-8.9 2.7') +
      `<path d="M5.1 17.6v-5.4h5.4z"/>`,
  },
  paused: { disc: '#5d6772', glyph: line(3, 'M8.4 7.4v7.2M13.6 7.4v7.2') },
  attention: {
    disc: '#b4520b',
    glyph: line(3, 'M11 5.6v6.2') + `<circle cx="11" cy="16" r="1.75"/>`,
  },
  offline: {
    disc: '#5d6772',
    glyph: line(2.6, 'M6.6 6.6 15.4 15.4M15.4 6.6 6.6 15.4'),
  },
  'signed-out': {
    disc: '#5d6772',
    glyph: `<circle cx="11" cy="8.3" r="2.7"/><path d="M5.6 16.3c.5-3.2 2.6-4.6 5.4-4.6s4.9 1.4 5.4 4.6z"/>`,
  },
};

/** A coloured disc with a light rim: readable on dark panels and on light ones. */
function colouredTray(state: Overall): string {
  const { disc, glyph } = glyphs[state];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 22 22"><circle cx="11" cy="11" r="10" fill="${disc}" ` +
    `stroke="#fff" stroke-opacity=".55" stroke-width=".8"/><g fill="#fff" stroke="#fff" stroke-width="0">${glyph}</g></svg>`
  );
}

/** Only the alpha of a macOS template picture counts: a black disc with the glyph cut out of it. */
function templateTray(state: Overall): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 22 22"><mask id="cut"><rect width="22" height="22" fill="#fff"/>` +
    `<g fill="#000" stroke="#000" stroke-width="0">${glyphs[state].glyph}</g></mask>` +
    `<circle cx="11" cy="11" r="10" mask="url(#cut)"/></svg>`
  );
}

/** Two currents that meet: one goes up, one comes down, neither drifts away. */
const appIcon =
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512"><defs><linearGradient id="sea" x1="0" y1="0" x2="0" y2="1">` +
  `<stop offset="0" stop-color="#1d9c88"/><stop offset="1" stop-color="#0c5a66"/></linearGradient></defs>` +
  `<rect x="32" y="32" width="448" height="448" rx="104" fill="url(#sea)"/>` +
  `<g fill="none" stroke="#fff" stroke-width="38" stroke-linecap="round">` +
  `<path d="M136 236a122 122 0 0 1 206-66"/><path d="M376 276a122 122 0 0 1-206 66"/></g>` +
  `<g fill="#fff"><path d="M394 96v128H266z"/><path d="M118 416V288h128z"/></g></svg>`;

async function draw(browser: Browser, svg: string, sizePx: number, name: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: sizePx, height: sizePx } });
  const sized = svg.replace('<svg ', `<svg width="${String(sizePx)}" height="${String(sizePx)}" `);
  await page.setContent(`<style>*{margin:0}svg{display:block}</style>${sized}`);
  await writeFile(join(target, name), await page.screenshot({ omitBackground: true }));
  await page.close();
}

await mkdir(target, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
await draw(browser, appIcon, 1024, 'icon.png');
await draw(browser, appIcon, 256, 'app.png');
await writeFile(join(target, 'icon.svg'), `${appIcon}\n`);
for (const state of Object.keys(glyphs) as Overall[]) {
  for (const size of [16, 22, 32]) {
    await draw(browser, colouredTray(state), size, `tray-${state}-${String(size)}.png`);
    await draw(browser, colouredTray(state), size * 2, `tray-${state}-${String(size)}@2x.png`);
  }
  await draw(browser, templateTray(state), 16, `tray-${state}-16Template.png`);
  await draw(browser, templateTray(state), 32, `tray-${state}-16Template@2x.png`);
}
await browser.close();
