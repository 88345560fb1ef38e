// Team folders at a local cloud, set up from the administrator's own template.
import { grantsSetup } from '../../main/core/admin/grants.ts';
import { jsonTemplate, makeTemplate } from '../../main/core/admin/template.ts';
import type { Grant } from '../local-cloud/grant-types.ts';
import type { LocalCloud } from '../local-cloud/cloud.ts';
import { plainAnswers } from './template-answers.ts';

export type TeamFolders = {
  readonly roleArn: string;
  readonly locationRole: string;
  readonly grants: readonly Grant[];
};

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
  for (const role of template.roles)
    cloud.control.putRole({
      name: role.roleName,
      trust: role.trustPolicy,
      policies: [role.permissionPolicy],
      maxSessionSeconds: template.maxSessionDuration,
    });
  const setup = grantsSetup(answers);
  const roleArn = template.roles[0]?.roleArn ?? '';
  if (setup === null) return { roleArn, locationRole: '', grants: [] };
  const { locationRole } = setup;
  const iamRoleArn = cloud.control.putRole({
    name: locationRole.roleName,
    trust: locationRole.trustPolicy,
    policies: [locationRole.permissionPolicy],
    maxSessionSeconds: locationRole.maxSessionDuration,
  });
  const grants = cloud.control.grantAccess({ scope: setup.locationScope, iamRoleArn, grants: setup.grants });
  return { roleArn, locationRole: locationRole.roleName, grants };
}
