// Temporary credentials: mints them and turns (access key id, session token) back into who is calling.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { base32 } from './keys.ts';
import type { CloudKeys } from './keys.ts';

const sessionSchema = z.object({
  accessKeyId: z.string(),
  accountId: z.string(),
  roleName: z.string(),
  sessionName: z.string(),
  /** What policies see: `<issuer>:sub`, `saml:sub`, `aws:PrincipalTag/x`, ... with lower-case names. */
  context: z.record(z.string(), z.string()),
  sessionPolicy: z.string().nullable(),
  issuedAtMs: z.number(),
  expiresAtMs: z.number(),
});
export type Session = z.infer<typeof sessionSchema>;

export type Principal =
  | { readonly kind: 'admin'; readonly accountId: string; readonly arn: string; readonly userId: string }
  | {
      readonly kind: 'session';
      readonly session: Session;
      readonly accountId: string;
      readonly arn: string;
      readonly userId: string;
    };

export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAtMs: number;
};

export type Resolution =
  | {
      readonly kind: 'known';
      readonly principal: Principal;
      readonly secretAccessKey: string;
      readonly expiresAtMs: number;
    }
  | { readonly kind: 'unknown-key' }
  | { readonly kind: 'bad-token' };

export function roleId(roleName: string): string {
  return `AROA${base32(createHash('sha256').update(roleName).digest()).slice(0, 17)}`;
}

/**
 * Sessions are self-contained: the token is the signed description and the secret derives from the key id, so a restart
 * on the same directory honours credentials handed out before it.
 */
export class Sessions {
  readonly #keys: CloudKeys;
  readonly #accountId: string;
  readonly #known = new Map<string, Resolution & { kind: 'known' }>();
  /** Access key ids whose sessions ended before their time. */
  readonly #ended = new Set<string>();
  readonly #minted = new Set<string>();

  constructor(keys: CloudKeys, accountId: string) {
    this.#keys = keys;
    this.#accountId = accountId;
  }

  mint(options: Omit<Session, 'accessKeyId' | 'accountId'>): Credentials {
    const accessKeyId = `ASIA${base32(randomBytes(10))}`;
    const session: Session = { ...options, accessKeyId, accountId: this.#accountId };
    const body = Buffer.from(JSON.stringify(session)).toString('base64url');
    this.#minted.add(accessKeyId);
    return {
      accessKeyId,
      secretAccessKey: this.#secretOf(accessKeyId),
      sessionToken: `IQoJ${body}.${this.#sign(body)}`,
      expiresAtMs: options.expiresAtMs,
    };
  }

  /** Everything handed out so far in this run counts as expired, whatever its holder was told. */
  endAll(): void {
    for (const accessKeyId of this.#minted) this.#ended.add(accessKeyId);
    this.#minted.clear();
  }

  resolve(accessKeyId: string, sessionToken: string | undefined): Resolution {
    const { admin } = this.#keys;
    if (accessKeyId === admin.accessKeyId) {
      // A long-lived key never comes with a session token.
      if (sessionToken !== undefined) return { kind: 'bad-token' };
      const arn = `arn:aws:iam::${this.#accountId}:root`;
      const principal: Principal = {
        kind: 'admin',
        accountId: this.#accountId,
        arn,
        userId: this.#accountId,
      };
      return { kind: 'known', principal, secretAccessKey: admin.secretAccessKey, expiresAtMs: Infinity };
    }
    if (sessionToken === undefined) return { kind: 'unknown-key' };
    const known = this.#known.get(sessionToken) ?? this.#open(sessionToken);
    if (known === undefined) return { kind: 'bad-token' };
    // A token belongs to exactly one key pair: another user's token under one's own key is refused.
    if (known.principal.kind !== 'session' || known.principal.session.accessKeyId !== accessKeyId)
      return { kind: 'bad-token' };
    return this.#ended.has(accessKeyId) ? { ...known, expiresAtMs: 0 } : known;
  }

  #open(sessionToken: string): (Resolution & { kind: 'known' }) | undefined {
    if (!sessionToken.startsWith('IQoJ')) return undefined;
    const [body, signature] = sessionToken.slice(4).split('.');
    if (body === undefined || signature === undefined) return undefined;
    const expected = Buffer.from(this.#sign(body));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
    const session = sessionSchema.parse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
    const arn = `arn:aws:sts::${session.accountId}:assumed-role/${session.roleName}/${session.sessionName}`;
    const userId = `${roleId(session.roleName)}:${session.sessionName}`;
    const principal: Principal = { kind: 'session', session, accountId: session.accountId, arn, userId };
    const known: Resolution & { kind: 'known' } = {
      kind: 'known',
      principal,
      secretAccessKey: this.#secretOf(session.accessKeyId),
      expiresAtMs: session.expiresAtMs,
    };
    if (this.#known.size > 10_000) this.#known.clear();
    this.#known.set(sessionToken, known);
    return known;
  }

  #secretOf(accessKeyId: string): string {
    return createHmac('sha256', this.#keys.sessionSecret)
      .update(`secret ${accessKeyId}`)
      .digest('base64')
      .slice(0, 40);
  }

  #sign(body: string): string {
    return createHmac('sha256', this.#keys.sessionSecret).update(`token ${body}`).digest('base64url');
  }
}
