/** Replaces the system theme by a chosen one: rewrites the media rules of the page. */

export type Theme = 'light' | 'dark';

const preference = /\(prefers-color-scheme:\s*(light|dark)\)/g;

/** Style sheets that hot reload adds later are rewritten as well. */
export function forceTheme(theme: Theme): void {
  document.documentElement.style.colorScheme = theme;
  const rewrite = (): void => {
    for (const sheet of document.styleSheets) {
      for (const rule of sheet.cssRules) {
        if (!(rule instanceof CSSMediaRule)) continue;
        const text = mediaFor(rule.media.mediaText, theme);
        if (text !== rule.media.mediaText) rule.media.mediaText = text;
      }
    }
  };
  rewrite();
  new MutationObserver(rewrite).observe(document.head, {
    childList: true,
    subtree: true,
    characterData: true,
  });
}

/** A condition that is always or never true takes the place of the preference. */
export function mediaFor(mediaText: string, theme: Theme): string {
  return mediaText.replace(preference, (_whole, wanted: string) =>
    wanted === theme ? '(min-width: 0)' : '(max-width: 0)',
  );
}
