/** One scene: the real page on a scripted backend, in the theme and language that the address names. */
import { createRoot } from 'react-dom/client';
import { dispatch, parseResult } from '../../preload/contract.ts';
import type { Bridge } from '../../preload/contract.ts';
import { en } from '../../preload/locales/en.ts';
import { PageRoot } from '../../renderer/views/page-root.tsx';
import '../../renderer/styles/tokens.css';
import '../../renderer/styles/base.css';
import '../../renderer/styles/page.css';
import '../../renderer/styles/lists.css';
import '../../renderer/styles/dialogs.css';
import '../../renderer/styles/setup.css';
import { createScriptedBackend } from '../fakes/scripted-backend.ts';
import { scenes } from '../ui/scenes.ts';
import type { Scene } from '../ui/scenes.ts';
import { parseLook } from './looks.ts';
import { comparable, formatInArabic, pseudoCatalogue, pseudoLanguages } from './pseudo.ts';
import { forceTheme } from './theme.ts';

const look = parseLook(location.search);

/** Requests are validated as they are between the page and main, so that a scene cannot show what main could not send. */
function bridgeOf(scene: Scene, locale: string): Bridge {
  const nowMs = Date.now();
  const shown = scene.content(nowMs);
  const backend = createScriptedBackend(
    { ...shown, app: { ...shown.app, locale } },
    scene.answers?.(nowMs) ?? {},
  );
  const never = new AbortController().signal;
  return {
    request: async (name, input) => parseResult(name, await dispatch(backend, name, input, never)),
    subscribe: (listener) => backend.subscribe(listener),
  };
}

/** Presses, in turn, what leads to the scene, each as soon as it is drawn. */
function press([label, ...rest]: readonly string[]): void {
  if (label === undefined) return;
  const observer = new MutationObserver(() => {
    const button = [...document.querySelectorAll('button')].find(
      (each) => comparable(nameOf(each)) === comparable(label),
    );
    if (button === undefined) return;
    observer.disconnect();
    press(rest);
    button.click();
  });
  observer.observe(document.body, { childList: true, subtree: true });
}

/** Without the count that a tab may have, and the hint of a menu item. */
function nameOf(button: HTMLButtonElement): string {
  const text = button.querySelector('.tab-text, .menu-item-text > :first-child') ?? button;
  return button.getAttribute('aria-label') ?? text.textContent.trim();
}

const scene = scenes.find(({ name }) => name === look.scene);
const root = document.getElementById('root');
if (scene === undefined || root === null) throw new Error(`no such scene: ${look.scene}`);
forceTheme(look.theme === 'dark' ? 'dark' : 'light');
// The views take their texts from this one object.
const pseudo = pseudoLanguages.find((language) => language === look.language);
if (pseudo !== undefined) Object.assign(en, pseudoCatalogue(en, pseudo));
if (pseudo === 'pseudo-rtl') {
  document.documentElement.dir = 'rtl';
  formatInArabic();
}
press([scene.view, scene.menu, scene.open].filter((label) => label !== undefined));
createRoot(root).render(<PageRoot bridge={bridgeOf(scene, pseudo === undefined ? look.language : 'en')} />);
