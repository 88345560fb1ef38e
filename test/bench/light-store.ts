// A store in memory for the bench: S3 as far as sync clients use it, and STS. It checks no signature and no checksum, so
// that the client is what is measured. Run as a program it prints its address and serves until it is ended.
import { hash, randomBytes } from 'node:crypto';
import { serveLightly } from './light-http.ts';
import type { LightAnswer, LightRequest } from './light-http.ts';

type Stored = {
  readonly body: readonly Buffer[];
  readonly sizeBytes: number;
  readonly etag: string;
  readonly atMs: number;
  readonly kept: Readonly<Record<string, string>>;
};
type Upload = {
  readonly key: string;
  readonly kept: Readonly<Record<string, string>>;
  readonly parts: Map<number, Stored>;
};

/** Above this, and for parts, an ETag is opaque: hashing large bodies would measure the store. */
const plainEtagBytes = 65_536;

const text = (status: number, body: string): LightAnswer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: [Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>${body}`)],
});
const refuse = (status: number, code: string): LightAnswer =>
  text(status, `<Error><Code>${code}</Code></Error>`);
const escape = (value: string): string =>
  value.replace(/[<>&"]/gu, (char) => `&#${String(char.codePointAt(0))};`);

function keptOf(headers: ReadonlyMap<string, string>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of headers)
    if (name.startsWith('x-amz-meta-') || name === 'content-type') kept[name] = value;
  return kept;
}

/** `aws-chunked`: each stretch has a line with its length, and trailers follow the last one. */
function unframed(body: readonly Buffer[]): readonly Buffer[] {
  const whole = Buffer.concat(body);
  const parts: Buffer[] = [];
  for (let at = 0; at < whole.length;) {
    const end = whole.indexOf('\r\n', at);
    const length = Number.parseInt(whole.toString('latin1', at, end), 16);
    if (!(length > 0)) break;
    parts.push(whole.subarray(end + 2, end + 2 + length));
    at = end + 4 + length;
  }
  return parts;
}

export class LightStore {
  readonly #objects = new Map<string, Stored>();
  readonly #uploads = new Map<string, Upload>();
  #sorted: readonly string[] | null = null;
  #made = 0;
  /** How late each answer goes out. */
  delayMs = 0;

  answer(request: LightRequest): LightAnswer {
    const mark = request.target.indexOf('?');
    const path = mark < 0 ? request.target : request.target.slice(0, mark);
    const query = new URLSearchParams(mark < 0 ? '' : request.target.slice(mark + 1));
    if (path === '/bench/delay') {
      this.delayMs = Number(query.get('ms'));
      return { status: 200 };
    }
    const slash = path.indexOf('/', 1);
    if (path === '/') return request.method === 'POST' ? session() : refuse(403, 'AccessDenied');
    if (slash < 0 || slash === path.length - 1) return this.#bucket(request, query);
    return this.#object(request, decodeURIComponent(path.slice(slash + 1)), query);
  }

  #bucket({ method, body }: LightRequest, query: URLSearchParams): LightAnswer {
    if (method === 'PUT' || method === 'HEAD') return { status: 200 };
    if (method === 'POST' && query.has('delete')) return this.#removeMany(Buffer.concat(body).toString());
    if (query.has('location')) return text(200, '<LocationConstraint/>');
    if (query.has('versioning')) return text(200, '<VersioningConfiguration/>');
    if (query.has('uploads')) return text(200, '<ListMultipartUploadsResult/>');
    return this.#list(query);
  }

  #removeMany(xml: string): LightAnswer {
    for (const [, key = ''] of xml.matchAll(/<Key>([^<]*)<\/Key>/gu)) this.#objects.delete(key);
    this.#sorted = null;
    return text(200, '<DeleteResult/>');
  }

  #keysFrom(after: string): number {
    this.#sorted ??= [...this.#objects.keys()].sort();
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? '') <= after) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #list(query: URLSearchParams): LightAnswer {
    const prefix = query.get('prefix') ?? '';
    const delimiter = query.get('delimiter') ?? '';
    const limit = Number(query.get('max-keys') ?? 1000);
    const isUrl = query.get('encoding-type') === 'url';
    const shown = (key: string): string =>
      isUrl ? encodeURIComponent(key).replaceAll('%2F', '/') : escape(key);
    const begin = query.get('continuation-token') ?? query.get('start-after') ?? query.get('marker') ?? '';
    // One character before the prefix itself, so that an object of exactly that name is listed.
    let at = this.#keysFrom(begin > prefix ? begin : prefix.slice(0, -1));
    const keys = this.#sorted ?? [];
    const lines: string[] = [];
    const folders = new Set<string>();
    let last = '';
    for (; at < keys.length && lines.length + folders.size < limit; at += 1) {
      const key = keys[at] ?? '';
      if (!key.startsWith(prefix)) {
        if (key > prefix) break;
        continue;
      }
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      if (cut >= 0) folders.add(key.slice(0, cut + 1));
      else lines.push(this.#line(key, shown(key)));
      last = key;
    }
    const isCut = at < keys.length && (keys[at] ?? '').startsWith(prefix);
    const common = [...folders].map(
      (one) => `<CommonPrefixes><Prefix>${shown(one)}</Prefix></CommonPrefixes>`,
    );
    const next = isCut
      ? `<NextContinuationToken>${escape(last)}</NextContinuationToken><NextMarker>${shown(last)}</NextMarker>`
      : '';
    return text(
      200,
      `<ListBucketResult><Prefix>${shown(prefix)}</Prefix><KeyCount>${String(lines.length)}</KeyCount>` +
        `<MaxKeys>${String(limit)}</MaxKeys>${isUrl ? '<EncodingType>url</EncodingType>' : ''}` +
        `<IsTruncated>${String(isCut)}</IsTruncated>${next}${lines.join('')}${common.join('')}</ListBucketResult>`,
    );
  }

  #line(key: string, shown: string): string {
    const stored = this.#objects.get(key);
    if (stored === undefined) return '';
    const at = new Date(stored.atMs).toISOString();
    return (
      `<Contents><Key>${shown}</Key><LastModified>${at}</LastModified><ETag>&quot;${stored.etag}&quot;</ETag>` +
      `<Size>${String(stored.sizeBytes)}</Size><StorageClass>STANDARD</StorageClass></Contents>`
    );
  }

  #object(request: LightRequest, key: string, query: URLSearchParams): LightAnswer {
    switch (request.method) {
      case 'PUT':
        return query.has('partNumber') ? this.#putPart(request, query) : this.#put(request, key);
      case 'POST':
        return query.has('uploads') ? this.#begin(request, key) : this.#complete(request, key, query);
      case 'DELETE':
        return this.#delete(key, query);
      default:
        return query.has('tagging') ? text(200, '<Tagging><TagSet/></Tagging>') : this.#get(request, key);
    }
  }

  #isLost(headers: ReadonlyMap<string, string>, key: string): boolean {
    const now = this.#objects.get(key);
    if (headers.get('if-none-match') === '*' && now !== undefined) return true;
    const wanted = headers.get('if-match');
    return wanted !== undefined && wanted.replaceAll('"', '') !== now?.etag;
  }

  #stored(request: LightRequest, isPart: boolean): Stored {
    const isFramed = request.headers.get('content-encoding')?.includes('aws-chunked') === true;
    const parts = isFramed ? unframed(request.body) : request.body;
    const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
    // Copied: a small body would keep the whole block that the socket was read into.
    const isSmall = sizeBytes <= plainEtagBytes;
    const body = isSmall ? [Buffer.concat(parts)] : parts;
    const [only] = body;
    this.#made += 1;
    const etag =
      isSmall && !isPart && only !== undefined
        ? hash('md5', only)
        : `${this.#made.toString(16).padStart(32, '0')}-1`;
    return { body, sizeBytes, etag, atMs: Date.now(), kept: keptOf(request.headers) };
  }

  #keep(key: string, stored: Stored): void {
    if (!this.#objects.has(key)) this.#sorted = null;
    this.#objects.set(key, stored);
  }

  #put(request: LightRequest, key: string): LightAnswer {
    if (this.#isLost(request.headers, key)) return refuse(412, 'PreconditionFailed');
    const from = request.headers.get('x-amz-copy-source');
    const source =
      from === undefined ? null : this.#objects.get(decodeURIComponent(from).replace(/^\/?[^/]+\//u, ''));
    if (source === undefined) return refuse(404, 'NoSuchKey');
    const stored =
      source === null
        ? this.#stored(request, false)
        : { ...source, atMs: Date.now(), kept: keptOf(request.headers) };
    this.#keep(key, stored);
    if (source === null) return { status: 200, headers: { etag: `"${stored.etag}"` } };
    return text(200, `<CopyObjectResult><ETag>&quot;${stored.etag}&quot;</ETag></CopyObjectResult>`);
  }

  #begin({ headers }: LightRequest, key: string): LightAnswer {
    const id = randomBytes(12).toString('hex');
    this.#uploads.set(id, { key, kept: keptOf(headers), parts: new Map() });
    return text(
      200,
      `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    );
  }

  #putPart(request: LightRequest, query: URLSearchParams): LightAnswer {
    const upload = this.#uploads.get(query.get('uploadId') ?? '');
    if (upload === undefined) return refuse(404, 'NoSuchUpload');
    const stored = this.#stored(request, true);
    upload.parts.set(Number(query.get('partNumber')), stored);
    return { status: 200, headers: { etag: `"${stored.etag}"` } };
  }

  #complete(request: LightRequest, key: string, query: URLSearchParams): LightAnswer {
    const id = query.get('uploadId') ?? '';
    const upload = this.#uploads.get(id);
    if (upload === undefined) return refuse(404, 'NoSuchUpload');
    if (this.#isLost(request.headers, key)) return refuse(412, 'PreconditionFailed');
    this.#uploads.delete(id);
    const parts = [...upload.parts].sort(([one], [other]) => one - other).map(([, part]) => part);
    this.#made += 1;
    const etag = `${this.#made.toString(16).padStart(32, '0')}-${String(parts.length)}`;
    const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
    this.#keep(key, {
      body: parts.flatMap(({ body }) => body),
      sizeBytes,
      etag,
      atMs: Date.now(),
      kept: upload.kept,
    });
    return text(
      200,
      `<CompleteMultipartUploadResult><ETag>&quot;${etag}&quot;</ETag></CompleteMultipartUploadResult>`,
    );
  }

  #delete(key: string, query: URLSearchParams): LightAnswer {
    const id = query.get('uploadId');
    if (id !== null) this.#uploads.delete(id);
    else if (this.#objects.delete(key)) this.#sorted = null;
    return { status: 204 };
  }

  #get({ method, headers }: LightRequest, key: string): LightAnswer {
    const stored = this.#objects.get(key);
    if (stored === undefined) return method === 'HEAD' ? { status: 404 } : refuse(404, 'NoSuchKey');
    if (headers.get('if-none-match')?.replaceAll('"', '') === stored.etag) return { status: 304 };
    const wanted = headers.get('if-match');
    if (wanted !== undefined && wanted.replaceAll('"', '') !== stored.etag)
      return refuse(412, 'PreconditionFailed');
    const range = /^bytes=(\d+)-(\d*)$/u.exec(headers.get('range') ?? '');
    const start = Number(range?.[1] ?? 0);
    const end = Math.min(stored.sizeBytes, range?.[2] ? Number(range[2]) + 1 : stored.sizeBytes);
    return {
      status: range === null ? 200 : 206,
      headers: {
        etag: `"${stored.etag}"`,
        'last-modified': new Date(stored.atMs).toUTCString(),
        'accept-ranges': 'bytes',
        ...stored.kept,
        ...(range === null
          ? {}
          : { 'content-range': `bytes ${String(start)}-${String(end - 1)}/${String(stored.sizeBytes)}` }),
        'content-length': String(end - start),
      },
      body: method === 'HEAD' ? [] : slice(stored.body, start, end),
    };
  }
}

function slice(body: readonly Buffer[], start: number, end: number): readonly Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  for (const part of body) {
    if (at + part.length > start && at < end)
      found.push(part.subarray(Math.max(0, start - at), Math.min(part.length, end - at)));
    at += part.length;
  }
  return found;
}

function session(): LightAnswer {
  const until = new Date(Date.now() + 12 * 3_600_000).toISOString();
  return text(
    200,
    '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>' +
      '<SubjectFromWebIdentityToken>bench</SubjectFromWebIdentityToken>' +
      '<AssumedRoleUser><Arn>arn:aws:sts::000000000000:assumed-role/bench/bench</Arn><AssumedRoleId>A:bench</AssumedRoleId></AssumedRoleUser>' +
      `<Credentials><AccessKeyId>BENCH</AccessKeyId><SecretAccessKey>bench-secret</SecretAccessKey><SessionToken>bench-session</SessionToken><Expiration>${until}</Expiration></Credentials>` +
      '</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>',
  );
}

if (process.argv[1] === import.meta.filename) {
  const store = new LightStore();
  const { port } = await serveLightly(
    (request) => store.answer(request),
    () => store.delayMs,
  );
  process.stdout.write(`${JSON.stringify({ endpoint: `http://127.0.0.1:${String(port)}` })}\n`);
}
