// Team folders at a local cloud, set up from the administrator's own template.
import { grantsSetup } from '../../main/core/admin/grants.ts';
import type { Policy } from '../../main/core/admin/policies.ts';
import { jsonTemplate, makeTemplate } from '../../main/core/admin/template.ts';
import type { Grant } from '../local-cloud/grant-types.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { plainAnswers } from './template-answers.ts';

export type TeamFolders = {
  readonly roleArn: string;
  readonly locationRole: string;
  readonly grants: readonly Grant[];
  /** Adds a policy to the role of the users, or to that of the location. */
  readonly attach: (to: 'users' | 'location', policy: Policy) => void;
};

type Role = Parameters<LocalCloud['control']['putRole']>[0];

/** Role, location role, location and grants, exactly as in the document. */
export function installTeamFolders(
  cloud: LocalCloud,
  teamFolders: readonly string[],
  {
    roleName = 'team',
    sessionHours = 1,
  }: { readonly roleName?: string; readonly sessionHours?: number } = {},
): TeamFolders {
  const { issuer, clientId, bucket, accountId, region } = cloud.description;
  const answers = {
    ...plainAnswers,
    ...{ issuer, clientId, bucket, accountId, region, teamFolders, roleName, sessionHours },
    isLoopbackAllowed: true,
  };
  const made = makeTemplate(answers, 'json');
  if (made.kind === 'refused') throw new Error(made.problems.join('; '));
  const template = jsonTemplate(answers);
  const roles = new Map<'users' | 'location', Role>();
  const put = (which: 'users' | 'location', role: Role): string => {
    roles.set(which, role);
    return cloud.control.putRole(role);
  };
  for (const role of template.roles)
    put('users', {
      name: role.roleName,
      trust: role.trustPolicy,
      policies: [role.permissionPolicy],
      maxSessionSeconds: template.maxSessionDuration,
    });
  const attach: TeamFolders['attach'] = (to, policy) => {
    const role = roles.get(to);
    if (role === undefined) throw new Error(`no role for ${to}`);
    put(to, { ...role, policies: [...role.policies, policy] });
  };
  const setup = grantsSetup(answers);
  const roleArn = template.roles[0]?.roleArn ?? '';
  if (setup === null) return { roleArn, locationRole: '', grants: [], attach };
  const { locationRole } = setup;
  const iamRoleArn = put('location', {
    name: locationRole.roleName,
    trust: locationRole.trustPolicy,
    policies: [locationRole.permissionPolicy],
    maxSessionSeconds: locationRole.maxSessionDuration,
  });
  const grants = cloud.control.grantAccess({ scope: setup.locationScope, iamRoleArn, grants: setup.grants });
  return { roleArn, locationRole: locationRole.roleName, grants, attach };
}
