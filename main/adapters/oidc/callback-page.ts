// The page that the browser shows when it comes back from the sign-in: static, self-contained, without script.
import { createHash } from 'node:crypto';

export type CallbackPage = 'signed-in' | 'failed' | 'refused';

const words: Readonly<
  Record<CallbackPage, { readonly title: string; readonly text: string; readonly mark: string }>
> = {
  'signed-in': {
    title: 'You are signed in',
    text: 'You can close this tab and go back to Driftless.',
    mark: '✓',
  },
  failed: {
    title: 'Sign-in did not finish',
    text: 'Go back to Driftless to see why and to try again. You can close this tab.',
    mark: '!',
  },
  refused: {
    title: 'Nothing to see here',
    text: 'This address only waits for the end of a Driftless sign-in.',
    mark: '·',
  },
};

const style = `:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--ink:#17202b;--quiet:#5a6675;--mark:#0f766e}
@media(prefers-color-scheme:dark){:root{--ground:#11161c;--card:#1a212a;--ink:#e8edf3;--quiet:#9aa7b6;--mark:#5eead4}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{background:var(--card);padding:2.5rem 3rem;border-radius:1rem;max-width:26rem;margin:1rem;text-align:center;box-shadow:0 1px 3px #0002}
h1{font-size:1.4rem;margin:.5rem 0}p{color:var(--quiet);margin:0}.mark{font-size:2.5rem;line-height:1;color:var(--mark)}`;

const styleHash = createHash('sha256').update(style).digest('base64');

export function callbackPage(page: CallbackPage): {
  readonly html: string;
  readonly contentSecurityPolicy: string;
} {
  const { title, text, mark } = words[page];
  return {
    html: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} - Driftless</title><style>${style}</style></head><body><main><div class="mark" aria-hidden="true">${mark}</div><h1>${title}</h1><p>${text}</p></main></body></html>`,
    contentSecurityPolicy: `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}
