// The control URL: JSON over loopback HTTP to switch settings, faults, roles and versioning, and to read the request log.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { addGrant } from './access-grants.ts';
import type { Grant, GrantPermission } from './grant-types.ts';
import type { CloudParts } from './cloud-parts.ts';
import { faultSchema } from './faults.ts';
import { readBody, sendJson } from './http-kit.ts';
import type { ObjectStore } from './object-store.ts';
import type { Versioning } from './object-types.ts';
import type { OidcStore } from './oidc-store.ts';
import type { PolicyDocument } from './policy.ts';
import { defaultSettings, fullProfile, storeProfiles } from './settings.ts';
import type { IgnorableCondition, Settings, StoreProfile } from './settings.ts';

const storeSchema = z.strictObject({
  profile: z.enum(['full', 'ceph-pacific', 'weak']).optional(),
  ignoredConditions: z.array(z.string()).optional(),
  checksums: z.enum(['full', 'accepted']).optional(),
  defaultChecksum: z.boolean().optional(),
  missingOperations: z.array(z.string()).optional(),
  missingKey: z.enum(['by-policy', 'always-403']).optional(),
  ifMatchUnquotedOnly: z.boolean().optional(),
  expiredIs: z.enum(['ExpiredToken', 'AccessDenied']).optional(),
  objectLock: z.boolean().optional(),
});

const settingsSchema = z.strictObject({
  clockSkewMs: z.number().optional(),
  idTokenSeconds: z.number().optional(),
  idTokenOnRefresh: z.boolean().optional(),
  refreshRevoked: z.boolean().optional(),
  refreshReuseSeconds: z.number().optional(),
  minSessionSeconds: z.number().optional(),
  forceSessionSeconds: z.number().nullable().optional(),
  strictAws: z.boolean().optional(),
  secureTransport: z.boolean().optional(),
  listingLagMs: z.number().optional(),
  store: storeSchema.optional(),
});
/** What `control.patch` takes: any of the settings; `store.profile` names a preset that the other fields refine. */
export type SettingsPatch = z.input<typeof settingsSchema>;

const policySchema = z.custom<PolicyDocument>(
  (value) => typeof value === 'object' && value !== null && 'Statement' in value,
  'a policy document is expected',
);
const roleSchema = z.object({
  name: z.string(),
  trust: policySchema,
  policies: z.array(policySchema),
  maxSessionSeconds: z.number().default(3600),
});
export type RoleInput = z.input<typeof roleSchema>;

/** The same switches as the control URL, for tests in this process. */
export class CloudControl {
  readonly #parts: CloudParts;
  readonly #store: ObjectStore;
  readonly #oidcStore: OidcStore;

  constructor(parts: CloudParts, store: ObjectStore, oidcStore: OidcStore) {
    this.#parts = parts;
    this.#store = store;
    this.#oidcStore = oidcStore;
  }

  get settings(): Readonly<Settings> {
    return this.#parts.settings;
  }

  patch(input: SettingsPatch): void {
    const { store, ...rest } = settingsSchema.parse(input);
    Object.assign(this.#parts.settings, rest);
    if (store !== undefined) {
      const { profile, ignoredConditions, ...fields } = store;
      const base =
        profile === undefined ? this.#parts.settings.store : (storeProfiles[profile] ?? fullProfile);
      const conditions = (ignoredConditions ?? base.ignoredConditions) as readonly IgnorableCondition[];
      this.#parts.settings.store = {
        ...base,
        ...(fields as Partial<StoreProfile>),
        ignoredConditions: conditions,
      };
    }
    this.#store.historyMs =
      this.#parts.settings.listingLagMs === 0 ? 0 : this.#parts.settings.listingLagMs + 1000;
  }

  addFault(input: z.input<typeof faultSchema>): void {
    this.#parts.faults.add(input);
  }

  clearFaults(): void {
    this.#parts.faults.clear();
  }

  setVersioning(bucket: string, versioning: Versioning): Promise<void> {
    return this.#store.setVersioning(bucket, versioning);
  }

  async createBucket(bucket: string): Promise<void> {
    if (!this.#store.buckets.has(bucket)) await this.#store.createBucket(bucket, this.#parts.now());
  }

  /** Adds or replaces a role; answers its ARN. */
  putRole(input: RoleInput): string {
    const role = roleSchema.parse(input);
    this.#parts.iam.roles.set(role.name, role);
    return `arn:aws:iam::${this.#parts.iam.accountId}:role/${role.name}`;
  }

  /** S3 Access Grants: makes the instance unless it is there, a location with its role, and grants in it. */
  grantAccess(input: {
    readonly scope: string;
    readonly iamRoleArn: string;
    readonly grants: readonly {
      readonly grantee: string;
      readonly permission: GrantPermission;
      readonly subPrefix: string;
    }[];
  }): readonly Grant[] {
    const instance = (this.#parts.grants.instance ??= { locations: [], grants: [] });
    const id = input.scope === 's3://' ? 'default' : randomUUID();
    instance.locations.push({ id, scope: input.scope, iamRoleArn: input.iamRoleArn });
    return input.grants.map((grant) => addGrant(instance, { ...grant, locationId: id }));
  }

  revokeGrant(id: string): void {
    const grants = this.#parts.grants.instance?.grants ?? [];
    const at = grants.findIndex((grant) => grant.id === id);
    if (at >= 0) grants.splice(at, 1);
  }

  /** Without locations and grants there is no instance either. */
  removeGrantsInstance(): void {
    this.#parts.grants.instance = null;
  }

  putBucketPolicy(bucket: string, policy: PolicyDocument | null): void {
    if (policy === null) this.#parts.iam.bucketPolicies.delete(bucket);
    else this.#parts.iam.bucketPolicies.set(bucket, policy);
  }

  /** Registers another OpenID provider, as CreateOpenIDConnectProvider does. */
  putOidcProvider(url: string, clientIds: readonly string[]): void {
    this.#parts.iam.oidcProviders.set(url, { url, clientIds });
  }

  /** Every browser session and refresh token of the provider ends. */
  revokeAllSignIns(): void {
    this.#oidcStore.clear();
  }

  /** Credentials handed out so far stop working now, although they were promised for longer. */
  endSessions(): void {
    this.#parts.sessions.endAll();
  }

  counts(): Readonly<Record<string, number>> {
    return this.#parts.requestLog.counts();
  }

  log(): ReturnType<CloudParts['requestLog']['entries']> {
    return this.#parts.requestLog.entries();
  }

  clearLog(): void {
    this.#parts.requestLog.clear();
  }

  /** Back to defaults: settings, faults and log. Objects, roles and sign-ins stay. */
  reset(): void {
    Object.assign(this.#parts.settings, defaultSettings());
    this.#store.historyMs = 0;
    this.clearFaults();
    this.clearLog();
  }
}

/** Serves `/control` and below; false for other paths. */
export async function handleControl(
  control: CloudControl,
  parts: CloudParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (path !== '/control' && !path.startsWith('/control/')) return false;
  // A web page in a browser on this machine must not be able to press these switches.
  if (request.headers.origin !== undefined) {
    sendJson(response, 403, { error: 'not for browsers' });
    return true;
  }
  try {
    const text = (await readBody(request)).toString('utf8');
    const body: unknown = text === '' ? {} : JSON.parse(text);
    sendJson(
      response,
      200,
      await answer(control, parts, `${request.method ?? 'GET'} ${path.slice('/control'.length)}`, body),
    );
  } catch (error) {
    sendJson(response, 400, { error: error instanceof Error ? error.message : 'unknown' });
  }
  return true;
}

async function answer(
  control: CloudControl,
  parts: CloudParts,
  what: string,
  body: unknown,
): Promise<unknown> {
  const ok = { ok: true };
  switch (what) {
    case 'GET ':
    case 'GET /':
      return { settings: control.settings, faults: parts.faults.list(), counts: control.counts() };
    case 'PATCH /settings':
    case 'POST /settings':
      control.patch(settingsSchema.parse(body));
      return { settings: control.settings };
    case 'POST /faults':
      for (const fault of Array.isArray(body) ? body : [body]) control.addFault(faultSchema.parse(fault));
      return { faults: parts.faults.list() };
    case 'DELETE /faults':
      control.clearFaults();
      return ok;
    case 'POST /versioning': {
      const { bucket, versioning } = z
        .object({ bucket: z.string(), versioning: z.enum(['off', 'enabled', 'suspended']) })
        .parse(body);
      await control.setVersioning(bucket, versioning);
      return ok;
    }
    case 'POST /buckets':
      await control.createBucket(z.object({ bucket: z.string() }).parse(body).bucket);
      return ok;
    case 'POST /roles':
      return { arn: control.putRole(roleSchema.parse(body)) };
    case 'POST /bucket-policy': {
      const { bucket, policy } = z
        .object({ bucket: z.string(), policy: policySchema.nullable() })
        .parse(body);
      control.putBucketPolicy(bucket, policy);
      return ok;
    }
    case 'POST /oidc-providers': {
      const { url, clientIds } = z.object({ url: z.string(), clientIds: z.array(z.string()) }).parse(body);
      control.putOidcProvider(url, clientIds);
      return ok;
    }
    case 'POST /end-sessions':
      control.endSessions();
      return ok;
    case 'POST /revoke-sign-ins':
      control.revokeAllSignIns();
      return ok;
    case 'GET /log':
      return { counts: control.counts(), entries: control.log() };
    case 'DELETE /log':
      control.clearLog();
      return ok;
    case 'POST /reset':
      control.reset();
      return ok;
    default:
      throw new Error(`unknown control request: ${what}`);
  }
}
