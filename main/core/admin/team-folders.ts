// Team folders of templates and profiles: fixed prefixes that no user's own folder can be or lie in.
import { prefixProblem } from '../access/principal.ts';

/** The location's role is named after the users'. */
export const grantsRoleSuffix = '-grants';
const longestGrantingRole = 64 - grantsRoleSuffix.length;

type TeamFolderAnswers = {
  readonly teamFolders: readonly string[];
  readonly isGrantsInstanceThere: boolean;
  readonly exchange: string;
  readonly roleName: string;
  readonly prefix: string;
};

export function teamFolderProblems(answers: TeamFolderAnswers): readonly string[] {
  const { teamFolders, exchange, roleName, prefix } = answers;
  if (teamFolders.length === 0)
    return answers.isGrantsInstanceThere ? ['--existing-grants-instance needs --team-folder'] : [];
  if (exchange !== 'web-identity')
    return ['--team-folder is offered with --exchange web-identity, which access-grants begins with'];
  if (roleName.length > longestGrantingRole)
    return [
      `--role-name must be at most ${String(longestGrantingRole)} characters with --team-folder, whose role is named after it`,
    ];
  const overlap = overlapOf(prefix, teamFolders);
  return [
    ...teamFolders.flatMap((folder) => {
      const problem = teamFolderProblem(folder);
      return problem === null ? [] : [`--team-folder ${JSON.stringify(folder)} ${problem}`];
    }),
    ...(overlap === null
      ? []
      : [`--team-folder ${JSON.stringify(overlap[0])} overlaps ${JSON.stringify(overlap[1])}`]),
  ];
}

/** The first team folder that holds or lies in another, or could be a user's own, and that other one. */
export function overlapOf(
  prefix: string,
  teamFolders: readonly string[],
): readonly [folder: string, other: string] | null {
  // What lies beside a user's folder could be a user's folder: the part before the variable is all users'.
  const own = prefix.split('{', 1)[0] ?? '';
  for (const [index, folder] of teamFolders.entries()) {
    const other = [own, ...teamFolders.slice(0, index)].find(
      (one) => one.startsWith(folder) || folder.startsWith(one),
    );
    if (other !== undefined) return [folder, other];
  }
  return null;
}

/** Why a prefix is no team folder, as text for its author, or `null`. */
export function teamFolderProblem(folder: string): string | null {
  if (folder === '') return 'must not be empty: the grant would hold for the whole bucket';
  if (folder.includes('{')) return 'must be a fixed prefix: a grant knows no user';
  return prefixProblem(folder);
}
