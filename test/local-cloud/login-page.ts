// Pages that a user sees at the local identity provider: sign in, device code, sign out, errors.
import { escapeXml } from './http-kit.ts';

const STYLE = `
:root{color-scheme:light dark;--bg:#f3f5f7;--card:#fff;--text:#1b2733;--dim:#5b6875;--line:#ccd4dc;--accent:#0b6e63;--on-accent:#fff;--bad:#a4262c}
@media (prefers-color-scheme:dark){:root{--bg:#11181f;--card:#1a242e;--text:#e7edf2;--dim:#9dabb8;--line:#354350;--accent:#46c2b1;--on-accent:#06211d;--bad:#ff9a9a}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--bg);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{width:min(24rem,92vw);background:var(--card);border:1px solid var(--line);border-radius:12px;padding:2rem}
h1{font-size:1.35rem;margin:0 0 .25rem}p{margin:0 0 1.25rem;color:var(--dim)}label{display:block;font-weight:600;margin-bottom:1rem}
input[type=text],input[type=password]{display:block;width:100%;margin-top:.3rem;padding:.6rem .7rem;font:inherit;font-weight:400;color:inherit;background:transparent;border:1px solid var(--line);border-radius:8px}
button{width:100%;padding:.65rem;font:inherit;font-weight:600;border:0;border-radius:8px;background:var(--accent);color:var(--on-accent);cursor:pointer}
button.quiet{background:none;color:var(--dim);margin-top:.5rem}:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.error{color:var(--bad);font-weight:600}code{font-size:1.5rem;letter-spacing:.1em}`;

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeXml(title)}</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>`;
}

export function loginPage(options: {
  readonly action: string;
  readonly clientName: string;
  readonly error: string | null;
  readonly hint: string;
}): string {
  const error = options.error === null ? '' : `<p class="error" role="alert">${escapeXml(options.error)}</p>`;
  return page(
    'Sign in',
    `<h1>Sign in</h1><p>to continue to ${escapeXml(options.clientName)}</p>${error}
<form method="post" action="${escapeXml(options.action)}">
<label>User name<input type="text" name="username" autocomplete="username" value="${escapeXml(options.hint)}" required autofocus></label>
<label>Password<input type="password" name="password" autocomplete="current-password" required></label>
<button type="submit">Sign in</button></form>
<form method="post" action="${escapeXml(options.action)}"><button class="quiet" type="submit" name="cancel" value="yes">Cancel</button></form>`,
  );
}

export function deviceInputPage(form: string, problem: boolean): string {
  const note = problem
    ? '<p class="error" role="alert">That code is not valid. Try again.</p>'
    : '<p>Enter the code that your device shows.</p>';
  return page(
    'Device sign-in',
    `<h1>Device sign-in</h1>${note}${form}<p></p><button type="submit" form="op.deviceInputForm">Continue</button>`,
  );
}

export function deviceConfirmPage(form: string, clientName: string, userCode: string): string {
  return page(
    'Confirm device',
    `<h1>Confirm device</h1><p>${escapeXml(clientName)} shows this code:</p><p><code>${escapeXml(userCode)}</code></p>${form}
<button autofocus type="submit" form="op.deviceConfirmForm">Continue</button>
<button class="quiet" type="submit" form="op.deviceConfirmForm" value="yes" name="abort">Cancel</button>`,
  );
}

export function signOutPage(form: string): string {
  return page(
    'Sign out',
    `<h1>Sign out?</h1>${form}<button autofocus type="submit" form="op.logoutForm" value="yes" name="logout">Sign out</button>
<button class="quiet" type="submit" form="op.logoutForm">Stay signed in</button>`,
  );
}

export function messagePage(title: string, message: string): string {
  return page(title, `<h1>${escapeXml(title)}</h1><p>${escapeXml(message)}</p>`);
}
