// The verbs around accounts: profiles, pairs, credentials for other programs, the doctor, and the administrator's side.
import type { Command } from 'commander';
import { defaultPrefix } from '../core/access/principal.ts';
import { repeatable, wholeNumber } from './command-kit.ts';
import type { CommandKit } from './command-kit.ts';
import type { AdminProfileOptions, RevokeOptions, TemplateOptions } from './verbs/admin.ts';
import type { CredentialOptions } from './verbs/credentials.ts';
import type { DoctorOptions } from './verbs/doctor.ts';
import type { PairAddOptions } from './verbs/pair.ts';
import type { AcceptOptions } from './verbs/profile.ts';

const days = wholeNumber('it must be a whole number of days', 1);
const hours = wholeNumber('it must be 1 to 12, in whole hours', 1, 12);

export function registerAccountCommands(program: Command, kit: CommandKit): void {
  registerProfile(program, kit);
  registerPair(program, kit);
  registerAdmin(program, kit);
  const { addCommon, run } = kit;
  addCommon(
    program.command('credentials').description('AWS credentials for other programs (credential_process)'),
  )
    .option('--account <id>', 'which account, when there are several')
    .option('--folder <pair>', 'those of one folder, by the id of its pair (a team folder has its own)')
    .option('--install <profile>', 'add a profile that uses them to the AWS config file')
    .option('--yes', 'write without asking')
    .action(async (options: CredentialOptions, command: Command) => {
      await run(command, async (io, signal) =>
        (await import('./verbs/credentials.ts')).runCredentials(io, options, signal),
      );
    });
  addCommon(program.command('doctor').description('check everything from the configuration to the bucket'))
    .option('--account <id>', 'only this account')
    .option('--canary <key>', 'an object outside all prefixes that this role must not read')
    .action(async (options: DoctorOptions, command: Command) => {
      await run(command, async (io, signal) =>
        (await import('./verbs/doctor.ts')).runDoctor(io, options, signal),
      );
    });
}

function registerProfile(program: Command, { addCommon, run }: CommandKit): void {
  const profile = program.command('profile').description('connection profiles from your administrator');
  addCommon(
    profile.command('show').description('show all that a profile would set').argument('<file-or-link>'),
  ).action(async (from: string, _options: unknown, command: Command) => {
    await run(command, async (io, signal) =>
      (await import('./verbs/profile.ts')).runProfileShow(io, from, signal),
    );
  });
  addCommon(profile.command('accept').description('make it an account here').argument('<file-or-link>'))
    .option('--id <id>', 'name of the account')
    .addOption(repeatable('--allow-host <host>', 'a foreign host that your administrator told you of'))
    .option('--yes', 'accept without asking')
    .action(async (from: string, options: AcceptOptions, command: Command) => {
      await run(command, async (io, signal) =>
        (await import('./verbs/profile.ts')).runProfileAccept(io, from, options, signal),
      );
    });
}

function registerPair(program: Command, { addCommon, run }: CommandKit): void {
  const pair = program.command('pair').description('folders and the parts of a bucket they are bound to');
  addCommon(pair.command('add').description('bind a folder'))
    .option('--id <id>', "name of the pair; from the folder's name without it")
    .option('--account <id>', 'which account, when there are several')
    .requiredOption('--folder <dir>', 'an existing folder')
    .requiredOption('--bucket <name>', 'the bucket')
    .option('--prefix <prefix>', `with {sub} or {tag:NAME}; default ${defaultPrefix}`)
    .option('--mode <mode>', 'two-way, upload-only or download-only', 'two-way')
    .action(async (options: PairAddOptions, command: Command) => {
      await run(command, async (io, signal) =>
        (await import('./verbs/pair.ts')).runPairAdd(io, options, signal),
      );
    });
  addCommon(pair.command('rm').description('forget a pair; files stay').argument('<id>')).action(
    async (id: string, _options: unknown, command: Command) => {
      await run(command, async (io, signal) =>
        (await import('./verbs/pair.ts')).runPairRemove(io, id, signal),
      );
    },
  );
  addCommon(pair.command('ls').description('list the pairs')).action(
    async (_options: unknown, command: Command) => {
      await run(command, async (io, signal) => (await import('./verbs/pair.ts')).runPairList(io, signal));
    },
  );
}

function registerAdmin(program: Command, { addCommon, run }: CommandKit): void {
  const admin = program.command('admin').description('for administrators of the bucket and the role');
  addCommon(admin.command('template').description('an IAM role and a hardened bucket, as a template'))
    .requiredOption('--issuer <url>', 'exactly as the provider states it')
    .requiredOption('--client-id <id>', "the app's client id at the provider")
    .option('--account-id <digits>', 'the AWS account; not for stores without accounts')
    .requiredOption('--bucket <name>', 'the bucket')
    .requiredOption('--region <region>', 'e.g. eu-central-1')
    .option('--exchange <kind>', 'web-identity, delegation, saml, cognito or per-user-role', 'web-identity')
    .option('--format <format>', 'cloudformation, terraform or json', 'cloudformation')
    .option('--prefix <prefix>', `default ${defaultPrefix}`)
    .option('--tag <name>', 'one folder per value of this session tag: users/{tag:NAME}/')
    .addOption(repeatable('--subject <sub>', 'only this user (repeat for more)'))
    .addOption(repeatable('--tenant <claim=value>', 'a further claim the token must carry (repeat for more)'))
    .option(
      '--everyone-at-issuer',
      'let every account at the issuer take the role: only where all of them belong to your organisation',
    )
    .option('--role-name <name>', 'name of the role', 'driftless')
    .option('--principal-arn <arn>', 'the SAML provider, for saml and delegation')
    .option('--identity-pool-id <id>', 'an existing Cognito identity pool')
    .option('--existing-provider', 'the account has the OpenID Connect provider already')
    .option('--kms-key <arn>', 'encrypt with this key instead of S3-managed ones')
    .option('--object-lock <days>', 'keep every version for so many days (governance mode)', days)
    .option('--audit-bucket <name>', 'log object reads and writes by CloudTrail into this bucket')
    .option('--noncurrent-days <days>', 'how long old versions are kept', days, 90)
    .option('--session-hours <hours>', 'the longest session of the role, 1 to 12', hours, 1)
    .addOption(
      repeatable(
        '--team-folder <prefix>',
        'shared by all who take the role, by S3 Access Grants (repeat for more)',
      ),
    )
    .option(
      '--existing-grants-instance',
      'the account has an S3 Access Grants instance in this region already',
    )
    .option(
      '--launch <url>',
      'also print the link that opens the template, from where you put it in S3, in the console',
    )
    .option('--allow-loopback', 'for trying out: an issuer on 127.0.0.1, which AWS refuses')
    .action(async (options: TemplateOptions, command: Command) => {
      await run(command, async (io) => (await import('./verbs/admin.ts')).runAdminTemplate(io, options));
    });
  registerAdminProfile(admin, { addCommon, run });
  addCommon(admin.command('revoke').description("a policy that ends one person's running sessions"))
    .requiredOption('--issuer <url>', 'exactly as the provider states it')
    .requiredOption('--sub <subject>', 'the user')
    .option('--exchange <kind>', 'as for template', 'web-identity')
    .option('--before <time>', 'sessions issued before this; default now')
    .option(
      '--team-folders',
      'instead a policy for the role of the team folders, which ends the sessions of all users there',
    )
    .action(async (options: RevokeOptions, command: Command) => {
      await run(command, async (io) => (await import('./verbs/admin.ts')).runAdminRevoke(io, options));
    });
}

function registerAdminProfile(
  admin: Command,
  { addCommon, run }: Pick<CommandKit, 'addCommon' | 'run'>,
): void {
  addCommon(admin.command('profile').description('a connection profile from an account of this machine'))
    .option('--account <id>', 'which account')
    .requiredOption('--bucket <name>', 'the bucket')
    .option('--prefix <prefix>', `default ${defaultPrefix}`)
    .addOption(
      repeatable(
        '--team-folder <prefix>',
        'a folder that users share, with exchange access-grants (repeat for more)',
      ),
    )
    .option('--link', 'as a link instead of a file')
    .action(async (options: AdminProfileOptions, command: Command) => {
      await run(command, async (io, signal) =>
        (await import('./verbs/admin.ts')).runAdminProfile(io, options, signal),
      );
    });
}
