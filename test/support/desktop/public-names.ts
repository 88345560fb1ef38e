/** The local cloud under public names: behind TLS and the system's proxy, as an organisation's provider and AWS are seen. */
import { writeFile } from 'node:fs/promises';
import { createServer, request as forward } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll } from 'vitest';
import type { CloudDescription } from '../../local-cloud/cloud.ts';
import { makeTempFolder } from '../temp.ts';
import type { TempFolder } from '../temp.ts';

/** Address of the provider; AWS would be able to reach it. */
export const publicIssuer = 'https://login.company.example';
/** A store of the organisation's, beside AWS. */
export const publicStore = 'https://files.company.example';

/** In no system's store; its key was thrown away. It vouches for `*.company.example` and for AWS's names in eu-central-1. */
export const publicAuthority = `-----BEGIN CERTIFICATE-----
MIIBtzCCAV2gAwIBAgIUNh7r4O6vI3mMttJvVX4jnfCDeT0wCgYIKoZIzj0EAwIw
MDEuMCwGA1UEAwwlRHJpZnRsZXNzIHB1YmxpYyBuYW1lcyB0ZXN0IGF1dGhvcml0
eTAgFw0yNDAxMDEwMDAwMDBaGA8yMTIzMTIwODAwMDAwMFowMDEuMCwGA1UEAwwl
RHJpZnRsZXNzIHB1YmxpYyBuYW1lcyB0ZXN0IGF1dGhvcml0eTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABGP2RidX8BnF8J+g7sDASPE4mfFk8Au1ARNnlWTWvpks
Do+Nf1WjHBu3JhKLyFWflDo+OTY7Ug5RbLkxEi0MFyajUzBRMB0GA1UdDgQWBBRQ
Kfja1YJpBOFP4vAo2cPw43oUeDAfBgNVHSMEGDAWgBRQKfja1YJpBOFP4vAo2cPw
43oUeDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQDbcYuIOpgL
ZcSW44NhmZRShdLJnVcla2uYHucM7dXMyAIgeaq/gN4wrS7lSqcHRRI5RG1tVMgP
O7edsIw4PH6c4OA=
-----END CERTIFICATE-----`;
const certificate = `-----BEGIN CERTIFICATE-----
MIICDzCCAbagAwIBAgIUP8SW2DRlGiPomb9on8BoIfpY7e0wCgYIKoZIzj0EAwIw
MDEuMCwGA1UEAwwlRHJpZnRsZXNzIHB1YmxpYyBuYW1lcyB0ZXN0IGF1dGhvcml0
eTAgFw0yNDAxMDEwMDAwMDBaGA8yMTIzMDgzMDAwMDAwMFowGjEYMBYGA1UEAwwP
Y29tcGFueS5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJkqgbn+C
B9Qi9akJ4HI9DFD3GN3MNjTLowcCBRf7hpyySkAHW2rSMCjTnUbf3zj+z06C4Z6k
2Taj47jmRqp7eKOBwTCBvjB8BgNVHREEdTBzghEqLmNvbXBhbnkuZXhhbXBsZYId
czMuZXUtY2VudHJhbC0xLmFtYXpvbmF3cy5jb22CHyouczMuZXUtY2VudHJhbC0x
LmFtYXpvbmF3cy5jb22CHnN0cy5ldS1jZW50cmFsLTEuYW1hem9uYXdzLmNvbTAd
BgNVHQ4EFgQUH3fJ2LPwt6x+XeKcIcXNe8lmJ6YwHwYDVR0jBBgwFoAUUCn42tWC
aQThT+LwKNnD8ON6FHgwCgYIKoZIzj0EAwIDRwAwRAIhAO8KlOokM3b1j3jgNPJ1
ofoAGYiG3deffXlHrnwJOxKUAh91TxKbtkNvRUPOPVEI2rS8VwwkwrDPWmkOkBoJ
Atc8
-----END CERTIFICATE-----`;
const privateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg9dNFlpjtNy/IVlVX
0BfKCYTiQelXnRyb+PNGo+XmRIuhRANCAAQmSqBuf4IH1CL1qQngcj0MUPcY3cw2
NMujBwIFF/uGnLJKQAdbatIwKNOdRt/fOP7PToLhnqTZNqPjuOZGqnt4
-----END PRIVATE KEY-----`;

/** For all tests of the describe block that calls it: their process reads once what the system trusts. */
export function trustPublicNames(): void {
  let authorities: TempFolder;

  beforeAll(async () => {
    authorities = await makeTempFolder('authorities');
    const file = join(authorities.path, 'trusted.pem');
    await writeFile(file, `${publicAuthority}\n`);
    process.env['SSL_CERT_FILE'] = file;
  });
  afterAll(async () => {
    delete process.env['SSL_CERT_FILE'];
    await authorities.remove();
  });
}

export type PublicNames = {
  /** `host:port` of the proxy that knows them. */
  readonly proxy: string;
  close(): Promise<void>;
};

export async function startPublicNames(cloud: CloudDescription): Promise<PublicNames> {
  const service = createTlsServer({ cert: certificate, key: privateKey }, (request, response) => {
    passOn(placeOf(cloud, request), request, response);
  });
  const servicePort = await listen(service);
  const open = new Set<Duplex>();
  const proxy = createServer();
  proxy.on('connect', (_request, stream, head) => {
    const tunnel = connect(servicePort, '127.0.0.1', () => {
      stream.write('HTTP/1.1 200 Connection established\r\n\r\n');
      tunnel.write(head);
      tunnel.pipe(stream).pipe(tunnel);
    });
    for (const socket of [stream, tunnel]) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => open.delete(socket));
    }
  });
  const proxyPort = await listen(proxy);
  return {
    proxy: `127.0.0.1:${String(proxyPort)}`,
    async close() {
      for (const socket of open) socket.destroy();
      await Promise.all([end(service), end(proxy)]);
    },
  };
}

/** Where a request for one of the names goes: the provider, STS (which AWS has at the root of a name of its own), or S3. */
function placeOf(cloud: CloudDescription, { headers, url = '/' }: IncomingMessage): URL {
  const host = headers.host ?? '';
  if (host === new URL(publicIssuer).host) return new URL(url, new URL(cloud.control).origin);
  return host.startsWith('sts.') ? new URL(cloud.sts) : new URL(url, cloud.s3);
}

function passOn(to: URL, request: IncomingMessage, response: ServerResponse): void {
  const onward = forward(to, {
    method: request.method,
    // The name that was asked for stays: signatures and addresses are made with it.
    headers: { ...request.headers, 'x-forwarded-proto': 'https' },
  });
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function end(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
