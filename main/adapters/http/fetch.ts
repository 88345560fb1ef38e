// `fetch` over our own agents, with an account's proxy and certificates.
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import type { HttpSettings } from '../../core/net/proxy.ts';
import { makeAgents } from './aws-handler.ts';
import type { FetchLike } from './bounded-fetch.ts';

type ResponseBody = ConstructorParameters<typeof Response>[0];

const idleTimeoutMs = 30_000;

/** Redirects are handed back, never followed. Connections are not kept: a refresh must not meet one that the provider has just closed. */
export function makeFetch(settings: HttpSettings): FetchLike {
  const agents = makeAgents(settings, { keepAlive: false });
  return async (url, init) => {
    const { signal, redirect: _handedBack, ...rest } = init;
    const asked = new Request(url, rest);
    const body = Buffer.from(await asked.arrayBuffer());
    const isTls = new URL(url).protocol === 'https:';
    return await new Promise<Response>((resolve, reject) => {
      const request = (isTls ? httpsRequest : httpRequest)(
        url,
        {
          method: asked.method,
          headers: {
            ...Object.fromEntries(asked.headers),
            'accept-encoding': 'identity',
            ...(body.length === 0 ? {} : { 'content-length': body.length }),
          },
          agent: isTls ? agents.https : agents.http,
          timeout: idleTimeoutMs,
          ...(signal ? { signal } : {}),
        },
        (answer) => {
          try {
            resolve(toResponse(answer));
          } catch (error) {
            answer.destroy();
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        },
      );
      request.once('timeout', () => request.destroy(new Error('no answer in time')));
      request.once('error', reject);
      // As in `exchange.ts`: an answer that switches protocols brings no other event. After an answer it changes nothing.
      request.once('close', () => {
        reject(new Error('closed without an answer'));
      });
      request.end(body);
    });
  };
}

function toResponse(answer: IncomingMessage): Response {
  const status = answer.statusCode ?? 0;
  const headers = new Headers();
  for (const [name, values] of Object.entries(answer.headersDistinct))
    for (const value of values ?? []) headers.append(name, value);
  const isBodiless = status === 204 || status === 205 || status === 304;
  if (isBodiless) answer.resume();
  // Node's own stream type and the one of fetch are one at run time.
  const body = isBodiless ? null : (Readable.toWeb(answer) as unknown as ResponseBody);
  return new Response(body, { status, headers });
}
