#!/usr/bin/env node
/**
 * Stands in for fpm, which electron-builder downloads: takes the same arguments and packs them with Debian's own
 * dpkg-deb and rpmbuild, uncompressed. An argument that it does not know is an error, so that nothing asked for is lost.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  writeFileSync,
  chmodSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const one = { type: 'string' } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'source-type': { type: 'string', short: 's' },
    force: { type: 'boolean' },
    'target-type': { type: 'string', short: 't' },
    depends: { type: 'string', short: 'd', multiple: true, default: [] },
    'deb-recommends': { type: 'string', multiple: true, default: [] },
    ...{ architecture: one, description: one, version: one, package: one, name: one, maintainer: one },
    ...{ 'after-install': one, 'after-remove': one, vendor: one, url: one, license: one },
    ...{ 'deb-priority': one, 'deb-compression': one },
    ...{ 'rpm-summary': one, 'rpm-os': one, 'rpm-compression': one },
  },
});

const field = (name: keyof typeof values): string => {
  const value = values[name];
  if (typeof value !== 'string' || value === '') throw new Error(`--${name} is missing`);
  return value;
};

const room = mkdtempSync(join(tmpdir(), 'stand-in-fpm-'));
try {
  const tree = join(room, 'tree');
  for (const each of positionals) putInto(tree, each);
  if (values['target-type'] === 'deb') packDeb(tree);
  else if (values['target-type'] === 'rpm') packRpm(tree);
  else throw new Error(`no target ${String(values['target-type'])}`);
} finally {
  rmSync(room, { recursive: true, force: true });
}

/** `source=destination`; a source with a slash at its end means what is in it. */
function putInto(tree: string, argument: string): void {
  const [source = '', destination = ''] = argument.split('=');
  const target = join(tree, destination);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(source, target, { recursive: true, verbatimSymlinks: true });
  if (statSync(source).isFile()) chmodSync(target, 0o644);
}

function packDeb(tree: string): void {
  const control = [
    `Package: ${field('name')}`,
    `Version: ${field('version')}`,
    `Architecture: ${field('architecture')}`,
    `Maintainer: ${field('maintainer')}`,
    `Depends: ${values.depends.join(', ')}`,
    `Recommends: ${values['deb-recommends'].join(', ')}`,
    `Priority: ${field('deb-priority')}`,
    `Homepage: ${field('url')}`,
    `Description: ${field('description').replaceAll('\n', '\n ').replaceAll('\n  ', '\n ')}`,
  ];
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true });
  writeFileSync(join(tree, 'DEBIAN', 'control'), `${control.join('\n')}\n`);
  for (const [script, from] of [['postinst', 'after-install'] as const, ['postrm', 'after-remove'] as const])
    writeFileSync(join(tree, 'DEBIAN', script), readFileSync(field(from)), { mode: 0o755 });
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, field('package')]);
}

function packRpm(tree: string): void {
  const script = (name: 'after-install' | 'after-remove'): string =>
    readFileSync(field(name), 'utf8')
      .replace(/^#!.*\n/u, '')
      .replaceAll('%', '%%');
  const spec = `
%define __os_install_post %{nil}
%define _build_id_links none
%define _binary_payload w0.ufdio
AutoReqProv: no
Name: ${field('name')}
Version: ${field('version')}
Release: 1
Summary: ${field('rpm-summary')}
License: ${field('license')}
Vendor: ${field('vendor')}
URL: ${field('url')}
${values.depends.map((each) => `Requires: ${each}`).join('\n')}
%description
${field('description')}
%post -p /bin/bash
${script('after-install')}
%postun -p /bin/bash
${script('after-remove')}
%files
${[...new Set(positionals.map((each) => each.split('=')[1] ?? ''))].map((path) => `"${path}"`).join('\n')}
`;
  const file = join(room, 'package.spec');
  writeFileSync(file, spec);
  const macros = {
    _topdir: join(room, 'rpm'),
    _rpmdir: room,
    _rpmfilename: 'packed.rpm',
    _dbpath: join(room, 'db'),
  };
  const defined = Object.entries(macros).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
  execFileSync('rpmbuild', [
    '-bb',
    '--quiet',
    '--nodeps',
    '--target',
    field('architecture'),
    '--buildroot',
    tree,
    ...defined,
    file,
  ]);
  cpSync(join(room, 'packed.rpm'), field('package'));
}
