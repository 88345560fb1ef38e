// Schemas of account setup: a connection profile under review, and its folder.
import { z } from 'zod';
import { code, codedSchema, id, list, text } from './schema-parts.ts';
import { LIMITS } from './lean/limits.ts';

/** Section that a fact is shown in: who signs in, what that gives, where the files go. */
const factGroup = z.enum(['sign-in', 'access', 'storage']);

const proposalSchema = z
  .object({
    id,
    /** A link may name less than a file (security rule 1). */
    source: z.enum(['link', 'file', 'form']),
    /** Local name of the account. */
    name: text,
    issuerHost: text,
    /** Everything that the profile sets. `name` is a catalogue key: `fact.<name>`. */
    facts: list(z.object({ group: factGroup, name: code, value: text }).readonly(), LIMITS.facts),
    /** Whose bucket it is; null on stores without accounts. */
    awsAccount: text.nullable(),
    bucket: text,
    /** A server of the organisation issues the credentials, and could act as any of its users. */
    needsServer: z.boolean(),
    /** Reasons for refusal; their sentences are `reason.<code>` in the catalogue. */
    problems: list(codedSchema, LIMITS.facts),
    /** Foreign hosts that would receive the token or the files; the user types each. */
    hostsToType: list(text, LIMITS.facts),
    /** Identical existing account; accepting then only adds a folder. */
    knownAs: text.nullable(),
    /** Of the user's own folder; null where it is synced already and only team folders are added. */
    folder: text.nullable(),
    /** Where that folder is in the bucket if its prefix names no user: others share it. Null for a folder of the user's own. */
    sharedAt: text.nullable(),
    /** Team folders of the profile that are not synced yet, each with its folder on this computer. */
    teamFolders: list(z.object({ prefix: text, folder: text }).readonly(), LIMITS.facts),
  })
  .readonly();

export const setupSchema = z
  .object({
    /** Whether this page may take a profile now. */
    isOpen: z.boolean(),
    /** How a folder is chosen: in a dialog that main opens, or by typing a path below one of `folderRoots`. */
    folderBy: z.enum(['dialog', 'typing']),
    folderRoots: list(text, LIMITS.facts),
    proposal: proposalSchema.nullable(),
    /** Why the last link from outside was refused. */
    refusal: codedSchema.nullable(),
  })
  .readonly();

export type SetupView = z.infer<typeof setupSchema>;
export type ProposalView = z.infer<typeof proposalSchema>;

/** Profile input from the page: the text of a file or a link, never a path. */
export const profileTextSchema = z
  .strictObject({ source: z.enum(['link', 'file']), text: z.string().max(LIMITS.profileChars) })
  .readonly();

export const acceptSchema = z
  .strictObject({
    proposalId: id,
    /** Typed folder; null for the one that the proposal shows. */
    folder: z.string().min(1).max(1024).nullable(),
    /** Typed folders of the proposal's team folders, in its order; absent for those that it shows. */
    teamFolders: list(z.string().min(1).max(1024), LIMITS.facts).exactOptional(),
    /** Typed digits of the AWS account (security rule 2). The desktop asks in its own dialog instead. */
    awsAccount: z.string().max(40),
    hosts: list(z.string().max(260), LIMITS.facts),
  })
  .readonly();

const typed = z.string().max(255);
/** What the user types about an AWS account of their own. */
export const ownAccountSchema = z
  .strictObject({
    issuer: typed,
    clientId: typed,
    awsAccount: typed,
    bucket: typed,
    region: typed,
    /** Subject of the only user; empty for none. */
    subject: typed,
    /** Everyone with an account at the sign-in service may connect. */
    isEveryone: z.boolean(),
  })
  .readonly();
export type OwnAccount = z.infer<typeof ownAccountSchema>;

export const ownCheckSchema = z
  .object({
    problems: list(
      z
        .object({
          field: z.enum(['issuer', 'clientId', 'awsAccount', 'bucket', 'region', 'subject']),
          /** Its sentence is `own.problem.<why>` in the catalogue. */
          why: code,
        })
        .readonly(),
      LIMITS.facts,
    ),
    /** CloudFormation template as JSON text; null while a problem is left. */
    template: z.string().max(LIMITS.template).nullable(),
  })
  .readonly();
export type OwnCheck = z.infer<typeof ownCheckSchema>;

export const ofProposal = z.strictObject({ proposalId: id }).readonly();
/** The prefix of a team folder, or the user's own folder without it. */
export const folderOfProposal = z
  .strictObject({ proposalId: id, teamFolder: text.exactOptional() })
  .readonly();
