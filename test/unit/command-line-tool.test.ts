// "Install command line tool": one file in the user's folder, other programs' files untouched.
import { chmod, lstat, mkdir, readFile, readdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { createCommandLineTool } from '../../main/shell/command-line-tool.ts';
import type { ToolParts } from '../../main/shell/command-line-tool.ts';
import type { CommandLineTool } from '../../main/app/settings.ts';
import { tempFolder } from '../support/temp.ts';

type World = { readonly home: string; readonly resources: string; readonly parts: ToolParts };

/** An installed app whose packed command line prints its version. */
async function installedApp(version = '1.0.0'): Promise<World> {
  const home = await tempFolder('tool-home');
  const resources = await tempFolder('tool-resources');
  await packTree(join(resources, 'cli'), version);
  const parts: ToolParts = {
    isPackaged: true,
    platform: 'linux',
    env: { PATH: '/usr/bin' },
    execPath: join(dirname(resources), 'driftless-desktop'),
    resources,
    userHome: home,
  };
  return { home, resources, parts };
}

async function packTree(tree: string, version: string): Promise<void> {
  await mkdir(join(tree, 'bin'), { recursive: true });
  await mkdir(join(tree, 'lib', 'driftless'), { recursive: true });
  await writeFile(join(tree, 'bin', 'driftless'), `#!/bin/sh\necho ${version}\n`);
  await chmod(join(tree, 'bin', 'driftless'), 0o755);
  await writeFile(join(tree, 'driftless.cmd'), '');
  await writeFile(join(tree, 'lib', 'driftless', 'package.json'), JSON.stringify({ version }));
}

function toolOf(parts: ToolParts): CommandLineTool {
  const tool = createCommandLineTool(parts);
  if (tool === null) throw new Error('no tool');
  return tool;
}

const asImage = ({ resources, parts }: World): ToolParts => ({
  ...parts,
  env: { APPIMAGE: '/home/me/Driftless.AppImage', APPDIR: dirname(resources) },
});

describe('an installed app', () => {
  test('names what it will write, writes that, and removes it again', async () => {
    const { home, resources, parts } = await installedApp();
    const file = join(home, '.local', 'bin', 'driftless');
    const program = join(resources, 'cli', 'bin', 'driftless');
    const tool = toolOf(parts);
    const shown = { file, program, copy: null, isOnPath: false };
    expect(tool.view()).toEqual({ ...shown, state: 'absent' });
    expect(await readdir(home)).toEqual([]);
    expect(await tool.install()).toBe(true);
    expect(tool.view()).toEqual({ ...shown, state: 'installed' });
    expect(await readlink(file)).toBe(program);
    expect(await readdir(dirname(file))).toEqual(['driftless']);
    expect(execFileSync(file, { encoding: 'utf8' })).toBe('1.0.0\n');
    expect(toolOf({ ...parts, env: { PATH: `/bin:${dirname(file)}` } }).view().isOnPath).toBe(true);
    expect(await tool.remove()).toBe(true);
    expect(tool.view().state).toBe('absent');
    expect(await readdir(dirname(file))).toEqual([]);
  });

  test.each(['a file', 'a link'])('leaves %s of another program alone', async (kind) => {
    const { home, parts } = await installedApp();
    const file = join(home, '.local', 'bin', 'driftless');
    await mkdir(dirname(file), { recursive: true });
    await (kind === 'a file' ? writeFile(file, 'mine') : symlink('/bin/true', file));
    const tool = toolOf(parts);
    expect(tool.view().state).toBe('occupied');
    expect([await tool.install(), await tool.remove()]).toEqual([false, false]);
    const now = (await lstat(file)).isSymbolicLink() ? await readlink(file) : await readFile(file, 'utf8');
    expect(now).toBe(kind === 'a file' ? 'mine' : '/bin/true');
  });

  test('leaves files beside it alone', async () => {
    const { home, parts } = await installedApp();
    const beside = join(home, '.local', 'bin', 'driftless.new');
    await mkdir(dirname(beside), { recursive: true });
    await writeFile(beside, 'mine');
    expect(await toolOf(parts).install()).toBe(true);
    expect(await readFile(beside, 'utf8')).toBe('mine');
    expect(await readdir(dirname(beside))).toEqual(['driftless', 'driftless.new']);
  });

  test('replaces the link of an app that has moved since', async () => {
    const { home, parts } = await installedApp();
    const file = join(home, '.local', 'bin', 'driftless');
    await mkdir(dirname(file), { recursive: true });
    await symlink('/opt/Old/resources/cli/bin/driftless', file);
    const tool = toolOf(parts);
    expect(tool.view().state).toBe('absent');
    expect(await tool.install()).toBe(true);
    expect(execFileSync(file, { encoding: 'utf8' })).toBe('1.0.0\n');
  });

  test('reports a folder that cannot be written to', async () => {
    const { home, parts } = await installedApp();
    await writeFile(join(home, '.local'), 'a file where a folder belongs');
    const tool = toolOf(parts);
    expect(tool.view().state).toBe('absent');
    await expect(tool.install()).rejects.toThrow(/EEXIST|ENOTDIR/u);
  });
});

describe('an AppImage', () => {
  test('copies the command line, because its mount goes with the app', async () => {
    const world = await installedApp();
    const copy = join(world.home, '.local', 'share', 'driftless', 'cli');
    const tool = toolOf(asImage(world));
    expect(tool.view()).toMatchObject({ copy, program: join(copy, 'bin', 'driftless') });
    await tool.install();
    expect(execFileSync(tool.view().file, { encoding: 'utf8' })).toBe('1.0.0\n');
    expect(await tool.remove()).toBe(true);
    expect(await readdir(dirname(copy))).toEqual([]);
  });

  test('renews the copy after an update of the app, and only where it is installed', async () => {
    const world = await installedApp();
    const tool = toolOf(asImage(world));
    await tool.renew();
    expect(await readdir(world.home)).toEqual([]);
    await tool.install();
    await packTree(join(world.resources, 'cli'), '2.0.0');
    await tool.renew();
    expect(execFileSync(tool.view().file, { encoding: 'utf8' })).toBe('2.0.0\n');
  });
});

test('several requests at once to install a copy end in a whole one', async () => {
  const world = await installedApp();
  for (let index = 0; index < 50; index += 1)
    await writeFile(join(world.resources, 'cli', 'lib', 'driftless', `part-${String(index)}`), 'part');
  const tool = toolOf(asImage(world));
  expect(await Promise.all([tool.install(), tool.install(), tool.install()])).toEqual([true, true, true]);
  const copy = join(world.home, '.local', 'share', 'driftless', 'cli');
  expect(await readdir(join(copy, 'lib', 'driftless'))).toHaveLength(51);
  expect(await readdir(dirname(copy))).toEqual(['cli']);
});

describe('on Windows', () => {
  async function windowsApp(program: string): Promise<ToolParts> {
    const local = await tempFolder('tool-local');
    const resources = join(local, 'Programs', program, 'resources');
    await packTree(join(resources, 'cli'), '1.0.0');
    const { parts } = await installedApp();
    return { ...parts, platform: 'win32', env: { LOCALAPPDATA: local }, resources };
  }

  test('one script in the folder that Windows searches, by a path without letters of a user', async () => {
    const parts = await windowsApp('Driftless');
    const tool = toolOf(parts);
    const file = join(parts.env['LOCALAPPDATA'] ?? '', 'Microsoft', 'WindowsApps', 'driftless.cmd');
    expect(tool.view()).toMatchObject({ file, state: 'absent' });
    await tool.install();
    expect(await readFile(file, 'utf8')).toBe(
      '@"%LOCALAPPDATA%\\Programs\\Driftless\\resources\\cli\\driftless.cmd" %*\r\n',
    );
    await writeFile(file, '@"%LOCALAPPDATA%\\Programs\\Old\\resources\\cli\\driftless.cmd" %*\r\n');
    expect(toolOf(parts).view().state).toBe('absent');
    await writeFile(file, 'echo mine');
    expect(await toolOf(parts).install()).toBe(false);
  });

  test('not offered where the path would mean something to cmd.exe', async () => {
    expect(createCommandLineTool(await windowsApp('A%B'))).toBeNull();
    expect(createCommandLineTool(await windowsApp('A&B'))).toBeNull();
  });
});

test('not offered in a checkout, on macOS, or where none was packed', async () => {
  const { parts } = await installedApp();
  expect(createCommandLineTool({ ...parts, isPackaged: false })).toBeNull();
  expect(createCommandLineTool({ ...parts, platform: 'darwin' })).toBeNull();
  expect(createCommandLineTool({ ...parts, env: { FLATPAK_ID: 'io.github.driftless' } })).toBeNull();
  expect(createCommandLineTool({ ...parts, resources: await tempFolder('empty') })).toBeNull();
});
