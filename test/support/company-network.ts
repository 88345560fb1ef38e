/** Simulated corporate network: proxy-only host names, certificates of a private authority. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';

/** In no system's store; its key was thrown away. Good for `*.driftless.test`, which no name server knows. */
export const companyAuthority = `-----BEGIN CERTIFICATE-----
MIIBqTCCAU+gAwIBAgIUBk9LPBXK8BN2PgY1dLBNQZkGM20wCgYIKoZIzj0EAwIw
KTEnMCUGA1UEAwweRHJpZnRsZXNzIHByb3h5IHRlc3QgYXV0aG9yaXR5MCAXDTI2
MTEyMzA0MDg1NVoYDzIxMjYxMDMwMDQwODU1WjApMScwJQYDVQQDDB5EcmlmdGxl
c3MgcHJveHkgdGVzdCBhdXRob3JpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAQHQTW5qzA19bILkl0e7G4nbH7U/rpke62f2SJneItNRlJV3K0rlIY0dW9DZ7dM
piwPS2aHMCN52QKMx6/PIZeOo1MwUTAdBgNVHQ4EFgQUrcZxNaB65VLWviclE4sl
FPz8kLIwHwYDVR0jBBgwFoAUrcZxNaB65VLWviclE4slFPz8kLIwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA+ivCkXeATASfXeL6sEKffG0HtLLu
WY8pAuoh9nStpjwCIA+5eO+oWcPt6U4eBlsJkFIsDtmVrqZQ/CTsXnrbOq0V
-----END CERTIFICATE-----`;
const certificate = `-----BEGIN CERTIFICATE-----
MIIBpTCCAUugAwIBAgIUYmXOE120tM7ku6L0/aLmn3kkj6cwCgYIKoZIzj0EAwIw
KTEnMCUGA1UEAwweRHJpZnRsZXNzIHByb3h5IHRlc3QgYXV0aG9yaXR5MCAXDTI2
MTEyMzA0MDg1NVoYDzIxMjYxMDMwMDQwODU1WjAZMRcwFQYDVQQDDA5kcmlmdGxl
c3MudGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNpGGvT3Etcxwi6Aiiks
4TfeuL5gyEwB72DoH3gIIuKBXpToPmR5Gg0KyZJITEeZyx5F+XTbnCgNFgOCC2te
tWOjXzBdMBsGA1UdEQQUMBKCECouZHJpZnRsZXNzLnRlc3QwHQYDVR0OBBYEFAVq
bgPEG1w8OPcMF9bmDDerZUOVMB8GA1UdIwQYMBaAFK3GcTWgeuVS1r4nJROLJRT8
/JCyMAoGCCqGSM49BAMCA0gAMEUCIHJLCkb7koRLCD6ZNeHVjiJIt89WzcAdejCm
Rj7c2TywAiEA77DNuS8MmUjCoyvpm3idjb0lNED8A1QFksg1dhEfjgw=
-----END CERTIFICATE-----`;
const privateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgsv4xZONKxYK+XUFB
8pKiA8bUrxXuAM488mL1U3qm0aKhRANCAATaRhr09xLXMcIugIopLOE33ri+YMhM
Ae9g6B94CCLigV6U6D5keRoNCsmSSExHmcseRfl025woDRYDggtrXrVj
-----END PRIVATE KEY-----`;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Every name below `driftless.test` is this server. Ends with the test. */
export async function companyService(answer: Answer): Promise<number> {
  const server = createTlsServer({ cert: certificate, key: privateKey }, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

export type CompanyProxy = { readonly port: number; readonly asked: readonly string[] };

/** Connects whatever is asked for to one port of this machine. With `login` (`user:password`) it wants that first. */
export async function companyProxy(servicePort: number, login: string | null = null): Promise<CompanyProxy> {
  const asked: string[] = [];
  const open = new Set<Duplex>();
  const server = createServer();
  server.on('connect', (request, stream, head) => {
    const given = request.headers['proxy-authorization'];
    if (login !== null && given !== `Basic ${Buffer.from(login).toString('base64')}`) {
      stream.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    asked.push(request.url ?? '');
    const service = connect(servicePort, '127.0.0.1', () => {
      stream.write('HTTP/1.1 200 Connection established\r\n\r\n');
      service.write(head);
      service.pipe(stream).pipe(service);
    });
    for (const socket of [stream, service]) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, asked };
}
