// The number of libuv's threads, for the program that begins: those that a silent share keeps must not be all.

/** Each costs some KiB. Four are left to what is no share, and each share may keep four (turns.ts). */
const threads = 16;

/** Before the first call that a thread makes. On Windows libuv does not see what is set here. */
export function askForThreads(): void {
  if (process.platform !== 'win32') process.env['UV_THREADPOOL_SIZE'] ??= String(threads);
}
