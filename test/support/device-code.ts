/** Device-code sign-in: enters the code that `login --device` shows. */
import type { ChildProcess } from 'node:child_process';
import { approveDevice } from '../local-cloud/browserless.ts';
import { waitFor } from './wait-for.ts';

/** Waits for the code on standard error and enters it; returns the page that the user then sees. */
export async function enterDeviceCode(
  child: ChildProcess,
  person: { readonly name: string; readonly password: string },
): Promise<string> {
  let seen = '';
  child.stderr?.on('data', (text: unknown) => (seen += String(text)));
  const [, address = '', code = ''] = await waitFor(
    () => {
      if (child.exitCode !== null) throw new Error(`login ended without a code: ${seen}`);
      return /Go to (http\S+) and enter the code ([A-Z]{4}-[A-Z]{4})\./u.exec(seen);
    },
    { what: 'the code' },
  );
  return approveDevice(address, code, person);
}
