/**
 * Glewlwyd, an independent OpenID provider (Debian, written in C). Shows that the sign-in does not depend on the local
 * cloud's provider. Its refresh returns no id_token. One process on a loopback port, SQLite, up in a second.
 */
import { createPublicKey, randomBytes } from 'node:crypto';
import { cp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Page } from 'playwright';
import { loadKeys, rsaKeyOf } from '../local-cloud/keys.ts';
import { findProgram, freePorts, startDaemon } from './programs.ts';
import type { Daemon } from './programs.ts';
import { makeTempFolder } from './temp.ts';
import { waitFor } from './wait-for.ts';

export type GlewlwydUser = { readonly name: string; readonly password: string };

export type Glewlwyd = {
  readonly issuer: string;
  /** A public client: PKCE (S256) is required, there is no secret. */
  readonly clientId: string;
  readonly users: readonly GlewlwydUser[];
  /** Redirect addresses are compared to the letter, port and all: register the one that the login listener got. */
  readonly allowRedirect: (redirectUri: string) => Promise<void>;
  /**
   * Signs the user in at an authorization address, without a browser, and returns the address that one would be sent to.
   * In a real browser it is `signInOnPage`.
   */
  readonly signIn: (authorizationUrl: string, user: GlewlwydUser) => Promise<string>;
  readonly stop: () => Promise<void>;
};

const share = '/usr/share/glewlwyd/webapp';
const schema = '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3';
const pluginName = 'oidc';
const clientId = 'driftless';
// As made by the package's own schema.
const admin: GlewlwydUser = { name: 'admin', password: 'password' };

/** Fills in glewlwyd's login page: name, password, continue. */
export async function signInOnPage(page: Page, user: GlewlwydUser): Promise<void> {
  await page.fill('#username', user.name);
  await page.fill('#password', user.password);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** What is missing for `startGlewlwyd`, in words for a skip, or null where all is there. */
export function glewlwydIsMissing(): string | null {
  return findProgram('glewlwyd') === null ? 'not installed: glewlwyd (Debian: glewlwyd)' : null;
}

export async function startGlewlwyd(): Promise<Glewlwyd> {
  try {
    return await startOnce();
  } catch {
    // The port was free a moment ago; another process may have been faster. Once more, on another.
    return startOnce();
  }
}

async function startOnce(): Promise<Glewlwyd> {
  const folder = await makeTempFolder('glewlwyd');
  const [port = 0] = await freePorts(1);
  const base = `http://127.0.0.1:${port}`;
  let daemon: Daemon | undefined;
  const stop = async (): Promise<void> => {
    await daemon?.stop();
    await folder.remove();
  };
  try {
    const database = join(folder.path, 'glewlwyd.db');
    await makeDatabase(database);
    await copyLoginPage(join(folder.path, 'webapp'));
    const conf = join(folder.path, 'glewlwyd.conf');
    await writeFile(conf, configuration(folder.path, base, port));
    const running = startDaemon('glewlwyd', ['-c', conf], { logFile: join(folder.path, 'out.log') });
    daemon = running;
    await waitFor(async () => running.hasEnded() || (await fetch(`${base}/config/`)).ok, {
      what: 'glewlwyd',
    });
    if (running.hasEnded()) throw new Error(await readFile(join(folder.path, 'out.log'), 'utf8'));
    return await setUp(base, folder.path, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeDatabase(path: string): Promise<void> {
  const database = new DatabaseSync(path);
  database.exec(await readFile(schema, 'utf8'));
  database.close();
}

/** Debian 12 links the page's configuration to a folder instead of to the file in it, so a copy gets the file. */
async function copyLoginPage(to: string): Promise<void> {
  await cp(share, to, { recursive: true, dereference: true });
  const config = join(to, 'config.json');
  if (!(await stat(config)).isDirectory()) return;
  const text = await readFile(join(config, 'config.json'), 'utf8');
  await rm(config, { recursive: true });
  await writeFile(config, text);
}

function configuration(folder: string, base: string, port: number): string {
  const types = {
    html: 'text/html',
    css: 'text/css',
    js: 'application/javascript',
    json: 'application/json',
  };
  const mimeTypes = Object.entries(types).map(
    ([name, type]) => `{ extension = ".${name}" mime_type = "${type}" compress = 0 }`,
  );
  return `port=${port}
bind_address="127.0.0.1"
external_url="${base}"
login_url="login.html"
api_prefix="api"
static_files_path="${folder}/webapp/"
log_mode="console"
log_level="WARNING"
cookie_secure=0
cookie_same_site="lax"
session_expiration=86400
session_key="GLEWLWYD2_SESSION_ID"
admin_session_authentication="cookie"
profile_session_authentication="cookie"
login_api_enabled=true
max_post_size=16778240
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="/usr/lib/glewlwyd/user"
user_middleware_module_path="/usr/lib/glewlwyd/user_middleware"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
use_secure_connection=false
secure_connection_key_file="${folder}/unused.key"
secure_connection_pem_file="${folder}/unused.pem"
secure_connection_ca_file="${folder}/unused.crt"
hash_algorithm="SHA512"
database = { type = "sqlite3" path = "${folder}/glewlwyd.db" };
static_files_mime_types = ( ${mimeTypes.join(',\n')} )
`;
}

async function setUp(base: string, folder: string, stop: () => Promise<void>): Promise<Glewlwyd> {
  const issuer = `${base}/api/${pluginName}`;
  const users = ['alice', 'bob'].map((name) => ({
    name,
    password: `${name}-${randomBytes(9).toString('hex')}`,
  }));
  const asAdmin = await session(base, admin);
  await asAdmin('POST', '/api/mod/plugin/', {
    module: 'oidc',
    name: pluginName,
    display_name: 'OpenID',
    enabled: true,
    parameters: pluginParameters(issuer, folder),
  });
  await asAdmin('POST', '/api/client/', client([]));
  for (const user of users) {
    await asAdmin('POST', '/api/user/', {
      username: user.name,
      password: user.password,
      name: user.name,
      email: `${user.name}@example.com`,
      enabled: true,
      scope: ['openid', 'g_profile'],
    });
    const asUser = await session(base, user);
    await asUser('PUT', `/api/auth/grant/${clientId}/`, { scope: 'openid' });
  }
  return {
    issuer,
    clientId,
    users,
    allowRedirect: async (redirectUri) => {
      await asAdmin('PUT', `/api/client/${clientId}`, client([redirectUri]));
    },
    signIn: (authorizationUrl, user) => signIn(base, authorizationUrl, user),
    stop,
  };
}

function pluginParameters(issuer: string, folder: string) {
  // With `x5c`, as Ceph wants it of the first key.
  const key = rsaKeyOf(loadKeys(join(folder, 'keys')));
  const { kty, n, e } = createPublicKey({ key, format: 'jwk' }).export({ format: 'jwk' });
  return {
    iss: issuer,
    'jwks-private': JSON.stringify({ keys: [key] }),
    'jwks-public': JSON.stringify({
      keys: [{ kty, n, e, kid: key.kid, alg: key.alg, use: key.use, x5c: key['x5c'] }],
    }),
    'jwt-type': 'rsa',
    'jwt-key-size': '256',
    'jwks-show': true,
    'access-token-duration': 3600,
    'refresh-token-duration': 86400,
    'code-duration': 60,
    'refresh-token-rolling': true,
    'auth-type-code-enabled': true,
    'auth-type-refresh-enabled': true,
    'allow-non-oidc': false,
    'subject-type': 'public',
    'email-claim': 'mandatory',
    'pkce-allowed': true,
    'pkce-method-plain-allowed': false,
    'pkce-required': true,
    'oauth-as-iss-id': true,
    'introspection-revocation-allowed': true,
    'introspection-revocation-allow-target-client': true,
    'session-management-allowed': true,
    'session-cookie-name': 'GLEWLWYD2_OIDC_SID',
    'session-cookie-expiration': 86400,
  };
}

function client(redirectUris: readonly string[]) {
  return {
    client_id: clientId,
    name: 'Driftless',
    enabled: true,
    confidential: false,
    redirect_uri: redirectUris,
    authorization_type: ['code', 'refresh_token'],
    token_endpoint_auth_method: ['none'],
    scope: ['openid'],
  };
}

type Call = (method: string, path: string, body: unknown) => Promise<void>;

async function session(base: string, user: GlewlwydUser): Promise<Call> {
  const cookie = await cookieOf(base, user);
  return async (method, path, body) => {
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify(body),
    });
    if (!answer.ok) {
      throw new Error(`glewlwyd: ${method} ${path}: ${answer.status} ${await answer.text()}`);
    }
  };
}

async function cookieOf(base: string, user: GlewlwydUser): Promise<string> {
  const answer = await fetch(`${base}/api/auth/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: user.name, password: user.password }),
  });
  const [cookie] = answer.headers.getSetCookie();
  if (!answer.ok || cookie === undefined)
    throw new Error(`glewlwyd: ${user.name} is refused: ${answer.status}`);
  return cookie.split(';')[0] ?? '';
}

async function signIn(base: string, authorizationUrl: string, user: GlewlwydUser): Promise<string> {
  const url = new URL(authorizationUrl);
  // Parameter that the login page adds; without it glewlwyd shows the page again.
  url.searchParams.set('g_continue', '');
  const answer = await fetch(url, { redirect: 'manual', headers: { cookie: await cookieOf(base, user) } });
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`glewlwyd: no redirect: ${answer.status} ${await answer.text()}`);
  return location;
}
