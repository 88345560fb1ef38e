// Configuration of the demo: one account at the local cloud, one pair.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudDescription } from '../local-cloud/cloud.ts';

export type DemoPlaces = { readonly home: string; readonly folder: string };

/** @param deviceName names the computer in copies of conflicts; its host name if left out */
export function writeDemoConfig(places: DemoPlaces, cloud: CloudDescription, deviceName?: string): void {
  const config = {
    ...(deviceName === undefined ? {} : { deviceName }),
    accounts: [
      {
        id: 'demo',
        issuer: cloud.issuer,
        clientId: cloud.clientId,
        scopes: 'openid email offline_access',
        identity: { kind: 'browser' },
        exchange: {
          kind: 'web-identity',
          roleArn: cloud.roleArn,
          stsEndpoint: cloud.sts,
          durationSeconds: 3600,
        },
        region: cloud.region,
        s3Endpoint: cloud.s3,
        forcePathStyle: true,
        development: true,
      },
    ],
    pairs: [
      {
        id: 'my-folder',
        account: 'demo',
        folder: places.folder,
        bucket: cloud.bucket,
        prefix: 'users/{sub}/',
        mode: 'two-way',
        ignore: [],
      },
    ],
  };
  writeFileSync(join(places.home, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
}
