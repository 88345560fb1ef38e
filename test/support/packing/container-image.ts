/**
 * The image of `build/cli/Containerfile`, built by buildah without a daemon. Its storage is its own, and its base is pulled where a registry
 * answers, and otherwise made from Debian's packages of the same release.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..', '..');

export const imagePrograms = ['buildah', 'debootstrap', 'tar'];

const imageSchema = z.object({
  Docker: z.object({
    config: z.object({
      User: z.string(),
      Env: z.array(z.string()),
      Entrypoint: z.array(z.string()),
      Cmd: z.array(z.string()),
      Healthcheck: z.object({ Test: z.array(z.string()) }),
      Volumes: z.record(z.string(), z.unknown()),
      StopSignal: z.string(),
    }),
  }),
});

export type ImageSettings = z.infer<typeof imageSchema>['Docker']['config'];

export type ContainerImage = {
  readonly settings: ImageSettings;
  /** The root of a container, as a folder of this machine. */
  readonly path: string;
  /** Writes the image into a file as `docker load` takes it. */
  readonly save: (file: string) => void;
  /** Starts a command in the container, as the image's user, with folders of this machine in place of its volumes. */
  readonly start: (command: readonly string[], volumes: Readonly<Record<string, string>>) => ChildProcess;
};

/** @param context the folder with the tarball, which the build reads as a user's would be */
export async function buildImage(folder: string, context: string): Promise<ContainerImage> {
  const storage = [
    '--root',
    join(folder, 'storage'),
    '--runroot',
    join(folder, 'run'),
    '--storage-driver',
    'vfs',
  ];
  // Without namespaces of its own: a container on the machine's network, which a test's cloud is on as well.
  const env = { ...process.env, BUILDAH_ISOLATION: 'chroot' };
  const buildah = (...args: readonly string[]): string =>
    execFileSync('buildah', [...storage, ...args], { encoding: 'utf8', stdio: 'pipe', env }).trim();
  const base = 'docker.io/library/debian:12-slim';
  if (!isPulled(() => buildah('pull', '--quiet', base))) await makeBase(folder, buildah, base);
  const file = join(root, 'build', 'cli', 'Containerfile');
  buildah(
    'build',
    '--pull-never',
    '--format',
    'docker',
    '--tag',
    'localhost/driftless',
    '--file',
    file,
    context,
  );
  const container = buildah('from', '--pull-never', 'localhost/driftless');
  const { config } = imageSchema.parse(
    JSON.parse(buildah('inspect', '--type', 'image', 'localhost/driftless')),
  ).Docker;
  // buildah mounts a volume of the image over a folder that is bound to it, unlike the engines that run images.
  buildah('config', ...Object.keys(config.Volumes).map((each) => `--volume=${each}-`), container);
  return {
    settings: config,
    path: buildah('mount', container),
    save(file) {
      buildah('push', '--quiet', 'localhost/driftless', `docker-archive:${file}:localhost/driftless:latest`);
    },
    start(command, volumes) {
      const bound = Object.entries(volumes).flatMap(([inside, outside]) => [
        '--volume',
        `${outside}:${inside}`,
      ]);
      return spawn('buildah', [...storage, 'run', ...bound, container, '--', ...command], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env,
      });
    },
  };
}

function isPulled(pull: () => unknown): boolean {
  try {
    pull();
    return true;
  } catch {
    // No registry within reach.
    return false;
  }
}

async function makeBase(
  folder: string,
  buildah: (...args: readonly string[]) => string,
  name: string,
): Promise<void> {
  const tree = join(folder, 'debian');
  execFileSync('debootstrap', ['--variant=minbase', 'bookworm', tree], { stdio: 'ignore' });
  // A container has devices of its own.
  execFileSync('tar', ['-cf', join(folder, 'debian.tar'), '--exclude=./dev/*', '-C', tree, '.']);
  await writeFile(join(folder, 'Containerfile'), 'FROM scratch\nADD debian.tar /\n');
  buildah('build', '--quiet', '--tag', name, '--file', join(folder, 'Containerfile'), folder);
}
