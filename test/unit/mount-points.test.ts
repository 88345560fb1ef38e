// File systems that report only local changes, recognised from mountinfo lines.
import { expect, test } from 'vitest';
import {
  deafFileSystem,
  parseMounts,
  readMounts,
  sharesBelow,
} from '../../main/adapters/system/mount-points.ts';

const line = (point: string, fileSystem: string): string =>
  `36 35 98:0 / ${point} rw,noatime master:1 - ${fileSystem} source rw,errors=continue`;
const mounts = parseMounts(
  [
    line('/', 'ext4'),
    line('/home', 'btrfs'),
    line('/home/ann/Share', 'cifs'),
    line('/home/ann/My\\040Disk', 'fuseblk'),
    line('/home/ann/Server', 'fuse.sshfs'),
    line('/home/ann/Server/inner', 'tmpfs'),
    line('/mnt', 'ext4'),
    line('/mnt', 'nfs4'),
    line('/host', '9p'),
    line('/machine', 'virtiofs'),
    'no line of mountinfo',
  ].join('\n'),
);

const table: readonly (readonly [string, string | null])[] = [
  ['/home/ann/Documents', null],
  ['/home/ann/Share', 'cifs'],
  ['/home/ann/Share/deep/er', 'cifs'],
  ['/home/ann/Shared', null],
  ['/home/ann/My Disk/photos', null],
  ['/home/ann/Server/x', 'fuse.sshfs'],
  ['/home/ann/Server/inner/x', null],
  ['/mnt/x', 'nfs4'],
  ['/host', '9p'],
  ['/machine/x', 'virtiofs'],
];

for (const [path, fileSystem] of table) {
  test(`${path} is on ${fileSystem ?? 'a disk whose watches report everything'}`, () => {
    expect(deafFileSystem(path, mounts)).toBe(fileSystem);
  });
}

test('without a list of mounts the watches are trusted', () => {
  expect(deafFileSystem('/mnt/x', null)).toBeNull();
});

test('the shares in a folder are those below it, and what is mounted there once it is asked for', () => {
  const wanted = parseMounts(line('/home/ann/Later', 'autofs'));
  expect([...sharesBelow('/home/ann', [...mounts, ...wanted])].toSorted()).toEqual([
    '/home/ann/Later',
    '/home/ann/Server',
    '/home/ann/Share',
  ]);
  expect(sharesBelow('/home/ann/Share', mounts).size).toBe(0);
  expect(sharesBelow('/', mounts)).toContain('/machine');
  expect(sharesBelow('/home/ann', null).size).toBe(0);
});

test('a list of mounts that is the same is parsed once', () => {
  expect(readMounts()).toBe(readMounts());
});
