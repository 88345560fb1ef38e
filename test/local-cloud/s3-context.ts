// One S3 request on its way: who asks, for what, and whether policies allow it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, accessDenied } from './aws-error.ts';
import type { CloudParts } from './cloud-parts.ts';
import type { ObjectStore } from './object-store.ts';
import { evaluatePolicies } from './policy.ts';
import type { PolicyDocument } from './policy.ts';
import { many } from './policy-match.ts';
import type { Principal, Session } from './sessions.ts';
import type { IgnorableCondition } from './settings.ts';
import type { Verified } from './sigv4.ts';

export type S3Target = {
  readonly bucket: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
};

export class S3Request {
  readonly parts: CloudParts;
  readonly store: ObjectStore;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly verified: Verified;
  readonly target: S3Target;

  constructor(options: {
    readonly parts: CloudParts;
    readonly store: ObjectStore;
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly verified: Verified;
    readonly target: S3Target;
  }) {
    this.parts = options.parts;
    this.store = options.store;
    this.request = options.request;
    this.response = options.response;
    this.verified = options.verified;
    this.target = options.target;
  }

  get bucket(): string {
    return this.target.bucket;
  }

  get key(): string {
    return this.target.key;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(',') : value;
  }

  query(name: string): string | undefined {
    return this.target.query.get(name);
  }

  /** The value of a conditional header, unless this store's profile ignores it. */
  condition(verb: string, name: string): string | undefined {
    const ignored = this.parts.settings.store.ignoredConditions;
    return ignored.length > 0 && ignored.includes(`${verb}:${name}` as IgnorableCondition)
      ? undefined
      : this.header(name);
  }

  /** Throws AccessDenied unless policies allow the action; `key` null means the bucket itself. */
  demand(
    action: string,
    options: {
      readonly bucket?: string;
      readonly key?: string | null;
      readonly context?: Readonly<Record<string, string | undefined>>;
    } = {},
  ): void {
    if (!this.may(action, options)) {
      throw accessDenied(
        `User: ${this.verified.principal.arn} is not authorized to perform: ${action} on resource: ${this.#resource(options)}`,
      );
    }
  }

  may(
    action: string,
    options: {
      readonly bucket?: string;
      readonly key?: string | null;
      readonly context?: Readonly<Record<string, string | undefined>>;
    } = {},
  ): boolean {
    const { principal } = this.verified;
    if (principal.kind === 'admin') return true;
    const { iam } = this.parts;
    const context = this.#context(principal, options.context ?? {});
    const request = { action, resource: this.#resource(options), context };
    const role = iam.roles.get(principal.session.roleName);
    const identity = role === undefined ? 'no-match' : evaluatePolicies(role.policies, request);
    const bucketPolicy = iam.bucketPolicies.get(options.bucket ?? this.bucket);
    const resource =
      bucketPolicy === undefined
        ? 'no-match'
        : evaluatePolicies([forPrincipal(bucketPolicy, principal)], request);
    if (identity === 'deny' || resource === 'deny') return false;
    const session = principal.session.sessionPolicy;
    const narrowed = session === null ? 'allow' : evaluatePolicies([parsePolicy(session)], request);
    return narrowed === 'allow' && (identity === 'allow' || resource === 'allow');
  }

  #resource(options: { readonly bucket?: string; readonly key?: string | null }): string {
    const bucket = options.bucket ?? this.bucket;
    if (bucket === '') return '*';
    const key = options.key === undefined ? this.key : options.key;
    return key === null || key === '' ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`;
  }

  #context(
    principal: Principal & { kind: 'session' },
    extra: Readonly<Record<string, string | undefined>>,
  ): ReadonlyMap<string, string> {
    const context = new Map(baseContext(principal.session, principal));
    context.set('aws:resourceaccount', this.parts.iam.accountId);
    context.set('aws:securetransport', String(this.parts.settings.secureTransport));
    context.set('aws:currenttime', new Date(this.parts.now()).toISOString());
    for (const name of [
      'x-amz-acl',
      'x-amz-server-side-encryption',
      'x-amz-copy-source',
      'x-amz-storage-class',
    ]) {
      const value = this.header(name);
      if (value !== undefined) context.set(`s3:${name}`, value);
    }
    for (const [name, value] of Object.entries(extra)) if (value !== undefined) context.set(name, value);
    return context;
  }

  sendXml(status: number, body: string): void {
    const bytes = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`);
    this.response.writeHead(status, { 'content-type': 'application/xml', 'content-length': bytes.length });
    this.response.end(bytes);
  }

  sendEmpty(status: number, headers: Readonly<Record<string, string>> = {}): void {
    this.response.writeHead(status, status === 204 ? headers : { ...headers, 'content-length': '0' });
    this.response.end();
  }

  notImplemented(): AwsError {
    return new AwsError(
      'NotImplemented',
      501,
      'A header or operation you provided implies functionality that is not implemented.',
    );
  }
}

const baseContexts = new WeakMap<Session, ReadonlyMap<string, string>>();

function baseContext(session: Session, principal: Principal): ReadonlyMap<string, string> {
  const cached = baseContexts.get(session);
  if (cached !== undefined) return cached;
  const base = new Map([
    ...Object.entries(session.context),
    ['aws:userid', principal.userId],
    ['aws:principalarn', `arn:aws:iam::${session.accountId}:role/${session.roleName}`],
    ['aws:principalaccount', session.accountId],
    ['aws:principaltype', 'AssumedRole'],
    ['aws:tokenissuetime', new Date(session.issuedAtMs).toISOString()],
    ['aws:sourceip', '127.0.0.1'],
  ] as readonly (readonly [string, string])[]);
  baseContexts.set(session, base);
  return base;
}

const parsedPolicies = new Map<string, PolicyDocument>();

function parsePolicy(text: string): PolicyDocument {
  const cached = parsedPolicies.get(text);
  if (cached !== undefined) return cached;
  const policy = JSON.parse(text) as PolicyDocument;
  parsedPolicies.set(text, policy);
  return policy;
}

/** The statements of a bucket policy that name this principal. */
function forPrincipal(policy: PolicyDocument, principal: Principal & { kind: 'session' }): PolicyDocument {
  const roleArn = `arn:aws:iam::${principal.accountId}:role/${principal.session.roleName}`;
  const root = `arn:aws:iam::${principal.accountId}:root`;
  const matches = (named: unknown): boolean => {
    if (named === '*') return true;
    if (typeof named !== 'object' || named === null || !('AWS' in named)) return false;
    const list = Array.isArray(named.AWS) ? (named.AWS as readonly unknown[]) : [named.AWS];
    return list.some(
      (item) =>
        item === '*' ||
        item === roleArn ||
        item === root ||
        item === principal.accountId ||
        item === principal.arn,
    );
  };
  return {
    ...policy,
    Version: policy.Version ?? '2008-10-17',
    Statement: many(policy.Statement).filter((statement) => matches(statement.Principal)),
  };
}
