// Prints an id_token from the local provider, obtained through its real sign-in flow: node test/local-cloud/token.ts --issuer URL --user alice
import { parseArgs } from 'node:util';
import { signIn } from './browserless.ts';
import { defaultUsers } from './cloud.ts';

const { values } = parseArgs({
  options: {
    issuer: { type: 'string' },
    'client-id': { type: 'string', default: 'driftless-desktop' },
    user: { type: 'string', default: 'alice' },
    password: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const password = values.password ?? defaultUsers.find((user) => user.name === values.user)?.password;
if (values.issuer === undefined || password === undefined) {
  process.stderr.write(
    'usage: token.ts --issuer URL [--client-id ID] [--user alice|bob] [--password P] [--json]\n',
  );
  process.exit(2);
}
const tokens = await signIn(values.issuer, values['client-id'], { name: values.user, password });
process.stdout.write(values.json ? `${JSON.stringify(tokens)}\n` : `${tokens.id_token}\n`);
