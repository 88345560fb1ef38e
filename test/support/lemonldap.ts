/**
 * LemonLDAP::NG, an independent OpenID provider (Debian, written in Perl). Its portal alone, in one process on a loopback port,
 * with its demonstration accounts; configured as the recipe in docs/identity-providers.md says.
 */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { step } from '../local-cloud/browserless.ts';
import type { Jar } from '../local-cloud/browserless.ts';
import { findProgram, freePorts, startDaemon } from './programs.ts';
import type { Daemon } from './programs.ts';
import { makeTempFolder } from './temp.ts';
import { waitFor } from './wait-for.ts';

type User = { readonly name: string; readonly password: string };

export type Lemonldap = {
  /** With the slash that its metadata writes. */
  readonly issuer: string;
  /** A public client: PKCE is required, there is no secret. */
  readonly clientId: string;
  /** One of the demonstration accounts; its password is its name. */
  readonly user: User;
  /** Fills in the login form at an authorization address, without a browser; the address that one would be sent to in the end. */
  readonly signIn: (authorizationUrl: string) => Promise<string>;
  readonly stop: () => Promise<void>;
};

const portal = '/usr/share/lemonldap-ng/portal/htdocs/index.psgi';
/** What it loads too, from packages that the portal's only recommends or suggests. */
const modules = ['GD/SecurityImage', 'IO/String', 'Image/Magick', 'String/Random'].map(
  (name) => `/usr/share/perl5/${name}.pm`,
);
const clientId = 'driftless';
const user: User = { name: 'dwho', password: 'dwho' };

/** What is missing for `startLemonldap`, in words for a skip, or null where all is there. */
export function lemonldapIsMissing(): string | null {
  const isThere = [portal, ...modules].every((file) => existsSync(file)) && findProgram('plackup') !== null;
  if (isThere) return null;
  return 'not installed: LemonLDAP::NG (Debian: liblemonldap-ng-portal-perl libgd-securityimage-perl libimage-magick-perl libio-string-perl libstring-random-perl)';
}

/** `redirectUris` are compared to the letter, with their ports. */
export async function startLemonldap(redirectUris: readonly string[]): Promise<Lemonldap> {
  try {
    return await startOnce(redirectUris);
  } catch {
    // The port was free a moment ago; another process may have been faster. Once more, on another.
    return startOnce(redirectUris);
  }
}

async function startOnce(redirectUris: readonly string[]): Promise<Lemonldap> {
  const folder = await makeTempFolder('lemonldap');
  const [port = 0] = await freePorts(1);
  const issuer = `http://127.0.0.1:${String(port)}/`;
  let daemon: Daemon | undefined;
  const stop = async (): Promise<void> => {
    await daemon?.stop();
    await folder.remove();
  };
  try {
    const configFile = await configure(folder.path, issuer, redirectUris);
    const logFile = join(folder.path, 'out.log');
    const args = ['-s', 'HTTP::Server::PSGI', '-E', 'deployment', '--host', '127.0.0.1'];
    const running = startDaemon('plackup', [...args, '--port', String(port), portal], {
      logFile,
      env: { LLNG_DEFAULTCONFFILE: configFile },
    });
    daemon = running;
    await waitFor(
      async () =>
        running.hasEnded() || (await fetch(`${issuer}.well-known/openid-configuration`)).status === 200,
      { what: 'LemonLDAP::NG', everyMs: 100 },
    );
    if (running.hasEnded()) throw new Error(await readFile(logFile, 'utf8'));
    return { issuer, clientId, user, signIn, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function signIn(authorizationUrl: string): Promise<string> {
  const jar: Jar = new Map();
  const page = await step(jar, authorizationUrl);
  const html = await page.text();
  if (!html.includes('name="password"')) throw new Error(`LemonLDAP::NG shows no login form: ${html}`);
  const hidden = html.matchAll(/<input[^>]*? type="hidden" name="([^"]+)" value="([^"]*)"/g);
  const form = new URLSearchParams([...hidden].map(([, name = '', value = '']) => [name, value]));
  form.set('user', user.name);
  form.set('password', user.password);
  const answer = await step(jar, authorizationUrl, form);
  const location = answer.headers.get('location');
  if (location === null) {
    throw new Error(`LemonLDAP::NG redirects nowhere: ${String(answer.status)} ${await answer.text()}`);
  }
  return location;
}

/** Both of its files: where things are kept, and what the portal does. The first one's path. */
async function configure(folder: string, issuer: string, redirectUris: readonly string[]): Promise<string> {
  const places = ['conf', 'sessions', 'locks', 'persistent'];
  await Promise.all(places.map((place) => mkdir(join(folder, place))));
  const settings = portalSettings(folder, issuer, redirectUris);
  await writeFile(join(folder, 'conf', 'lmConf-1.json'), JSON.stringify(settings));
  const ini = join(folder, 'lemonldap-ng.ini');
  await writeFile(
    ini,
    `[all]
logger = Lemonldap::NG::Common::Logger::Std
logLevel = warn
[configuration]
type = File
dirName = ${join(folder, 'conf')}
[portal]
staticPrefix = /static
templateDir = /usr/share/lemonldap-ng/portal/templates
`,
  );
  return ini;
}

function portalSettings(folder: string, issuer: string, redirectUris: readonly string[]) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const files = (place: string) => ({
    Directory: join(folder, place),
    LockDirectory: join(folder, 'locks'),
    generateModule: 'Lemonldap::NG::Common::Apache::Session::Generate::SHA256',
  });
  return {
    cfgNum: 1,
    cfgDate: 1,
    cfgVersion: '2.16.1',
    domain: '127.0.0.1',
    portal: issuer,
    cookieName: 'lemonldap',
    securedCookie: 0,
    key: 'of the tests',
    authentication: 'Demo',
    userDB: 'Same',
    passwordDB: 'Null',
    registerDB: 'Null',
    demoExportedVars: { uid: 'uid', cn: 'cn', mail: 'mail' },
    whatToTrace: 'uid',
    locationRules: { '127.0.0.1': { default: 'accept' } },
    globalStorage: 'Apache::Session::File',
    globalStorageOptions: files('sessions'),
    persistentStorage: 'Apache::Session::File',
    persistentStorageOptions: files('persistent'),
    issuerDBOpenIDConnectActivation: 1,
    issuerDBOpenIDConnectPath: '^/oauth2/',
    issuerDBOpenIDConnectRule: 1,
    oidcServiceMetaDataIssuer: issuer,
    oidcServicePrivateKeySig: privateKey,
    oidcServicePublicKeySig: publicKey,
    oidcServiceKeyIdSig: 'first',
    oidcServiceAllowAuthorizationCodeFlow: 1,
    oidcRPMetaDataExportedVars: { driftless: { email: 'mail' } },
    oidcRPMetaDataOptions: {
      driftless: {
        oidcRPMetaDataOptionsClientID: clientId,
        oidcRPMetaDataOptionsPublic: 1,
        oidcRPMetaDataOptionsRequirePKCE: 1,
        oidcRPMetaDataOptionsIDTokenSignAlg: 'RS256',
        oidcRPMetaDataOptionsAllowOffline: 1,
        oidcRPMetaDataOptionsBypassConsent: 1,
        oidcRPMetaDataOptionsUserIDAttr: 'uid',
        oidcRPMetaDataOptionsRedirectUris: redirectUris.join(' '),
      },
    },
  };
}
