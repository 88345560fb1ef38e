// File times to the nanosecond: Node passes times to the system as a double, which is up to 240 ns off.
import type { ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lstat, utimes } from '../../shares/calls.ts';
import type { Readable, Writable } from 'node:stream';
import { startProgram } from '../../system/programs/run-program.ts';
import { isErrno } from '../errors.ts';
import { pathForOthers } from './stage.ts';

type Handle = { ref(): unknown; unref(): unknown };
/** Takes whether a time was set. */
type Answer = (isSet: boolean) => void;
type Shell = ChildProcessByStdio<Writable, Readable, null>;

/** Reads a time and a file, line by line, and answers each with a line, which says `!` where it failed. `touch` takes the time as text, digit by digit. */
const shellScript =
  'while IFS= read -r t && IFS= read -r f; do touch -c -m -d "@$t" -- "$f" 2>/dev/null || printf "!"; echo; done';

/**
 * The same without a process for each file: perl, which Debian and most others always have, can make the system call itself.
 * -100 is AT_FDCWD, 0x3fffffff UTIME_NOW (utimensat(2)), 256 AT_SYMLINK_NOFOLLOW. The time of access is set with it: FUSE drivers built on
 * libfuse 2 (exfat-fuse, bindfs) answer success to a call that leaves it out, and change nothing.
 */
const perlScript = `
my $asked = '';
while (sysread(STDIN, $asked, 65536, length($asked))) {
  my $said = '';
  while ($asked =~ s/^([^\\n]*)\\n([^\\n]*)\\n//) {
    my ($t, $f) = ($1, $2);
    my ($s, $n) = split(/[.]/, $t);
    my $times = pack('q4', 0, 0x3fffffff, $s, $n);
    $said .= '!' if syscall(NUMBER, -100, $f, $times, 256) != 0;
    $said .= "\\n";
  }
  syswrite(STDOUT, $said) if length($said);
}`;
const perl = '/usr/bin/perl';
/** The number of utimensat. Elsewhere it is `touch` that sets times. */
const callNumbers: ReadonlyMap<string, number> = new Map([
  ['x64', 280],
  ['arm64', 88],
]);
const idleMs = 5000;
/** Of descriptors, processes and memory; the next file may find some again. */
const shortages = ['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'] as const;

/** What sets exact times here. */
function helper(hasPerl: boolean): { readonly program: string; readonly args: readonly string[] } {
  const number = callNumbers.get(process.arch);
  return number !== undefined && hasPerl
    ? { program: perl, args: ['-e', perlScript.replace('NUMBER', String(number))] }
    : { program: '/bin/sh', args: ['-c', shellScript] };
}

/** What is waited for keeps the process alive, an idle shell does not. */
function hold(shell: Shell, isHeld: boolean): void {
  // The pipes of a child are sockets, which Node's types do not say.
  const pipes = [shell.stdin, shell.stdout] as unknown as readonly Handle[];
  const handles: readonly Handle[] = [shell, ...pipes];
  for (const handle of handles) {
    if (isHeld) handle.ref();
    else handle.unref();
  }
}

/** One process for all that is to be set: one for each file would cost more than the download of a small one. */
export class FileTimes {
  #shell: Shell | null = null;
  #isBroken = process.platform !== 'linux' || !existsSync('/bin/sh');
  /** For the answers of this shell, in their order. */
  #waiting: Answer[] = [];
  /** Lines of this turn. */
  #asked = '';
  #idle: NodeJS.Timeout | null = null;
  readonly #hasPerl: boolean;
  /** One system call for each file, and no process. */
  readonly #isCheap: boolean;

  /** @param hasPerl false tries the way of systems without it; tests use it */
  constructor(hasPerl = existsSync(perl)) {
    this.#hasPerl = hasPerl;
    this.#isCheap = hasPerl && callNumbers.has(process.arch);
  }

  /** Sets the time of a file that no other program knows of; a mount that refuses it leaves the time of writing. */
  async set(path: string, mtimeNs: bigint, nowMs: number): Promise<void> {
    if (this.#isCheap && (await this.#setExactly(path, mtimeNs))) return;
    try {
      await utimes(path, nowMs / 1000, Number(mtimeNs) / 1e9);
    } catch (error) {
      if (isErrno(error, 'EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP')) return;
      throw error;
    }
    const { mtimeNs: kept } = await lstat(path, { bigint: true });
    // A disk of coarser steps has what it can have.
    const isFine = kept % 1_000_000n !== 0n;
    if (kept !== mtimeNs && isFine) await this.#setExactly(path, mtimeNs);
  }

  /** False when it was not done, or nothing could be asked to do it. */
  async #setExactly(path: string, mtimeNs: bigint): Promise<boolean> {
    if (this.#isBroken || path.includes('\n') || mtimeNs < 0n) return false;
    const text = `${mtimeNs / 1_000_000_000n}.${(mtimeNs % 1_000_000_000n).toString().padStart(9, '0')}`;
    const shell = this.#open();
    if (shell === null) return false;
    return new Promise((resolve) => {
      if (this.#waiting.length === 0) hold(shell, true);
      this.#waiting.push(resolve);
      // What is asked for in one turn goes in one write.
      if (this.#asked === '') {
        process.nextTick(() => {
          const asked = this.#asked;
          this.#asked = '';
          this.#shell?.stdin.write(asked);
        });
      }
      this.#asked += `${text}\n${pathForOthers(path)}\n`;
    });
  }

  #open(): Shell | null {
    if (this.#idle !== null) clearTimeout(this.#idle);
    if (this.#shell !== null) return this.#shell;
    const { program, args } = helper(this.#hasPerl);
    const shell = startProgram(program, args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      onFailure: (error) => {
        this.#isBroken = !isErrno(error, ...shortages);
        this.#ended(this.#shell, this.#waiting);
      },
    });
    if (shell === null) return null;
    // One that was closed may still have to end: what waits for this one is not its concern.
    const waiting: Answer[] = [];
    this.#shell = shell;
    this.#waiting = waiting;
    let hasFailed = false;
    shell.stdout.on('data', (chunk: Buffer) => {
      for (const byte of chunk) {
        if (byte === 0x21) hasFailed = true;
        if (byte !== 0x0a) continue;
        waiting.shift()?.(!hasFailed);
        hasFailed = false;
      }
      if (waiting.length === 0 && this.#shell === shell) this.#rest(shell);
    });
    shell.stdin.on('error', () => undefined); // 'close' reports its end
    shell.on('close', () => {
      this.#ended(shell, waiting);
    });
    return shell;
  }

  /** It ends a while after its last file. */
  #rest(shell: Shell): void {
    hold(shell, false);
    this.#idle = setTimeout(() => {
      if (this.#waiting.length === 0) this.close();
    }, idleMs);
    this.#idle.unref();
  }

  /** Times that were not set stay as the double had them. */
  #ended(shell: Shell | null, waiting: Answer[]): void {
    if (this.#shell === shell) {
      this.#shell = null;
      this.#asked = '';
    }
    for (const resolve of waiting.splice(0)) resolve(false);
  }

  close(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#shell?.stdin.end();
    this.#shell = null;
  }
}
