// The shapes of setting up: a connection profile that waits to be accepted, told in full, and where its folder would be.
import { z } from 'zod';
import { LIMITS, code, codedSchema, id, list, text } from './schema-parts.ts';

/** Where in the telling a fact belongs: who signs in, what that gives, where the files go. */
const factGroup = z.enum(['sign-in', 'access', 'storage']);

const proposalSchema = z
  .object({
    id,
    /** A link may name less than a file (security rule 1). */
    source: z.enum(['link', 'file']),
    /** What the account would be called here. */
    name: text,
    issuerHost: text,
    /** Everything that the profile sets. `name` is a word of the catalogue: `fact.<name>`. */
    facts: list(z.object({ group: factGroup, name: code, value: text }).readonly(), LIMITS.facts),
    /** Whose bucket it is; null on stores without accounts. */
    awsAccount: text.nullable(),
    bucket: text,
    /** A server that the organisation runs makes the credentials: it could speak for everybody. */
    needsServer: z.boolean(),
    /** Why it cannot be accepted, in plain lines. */
    problems: list(text, LIMITS.facts),
    /** Foreign hosts that would get the token or the files; the person types each. */
    hostsToType: list(text, LIMITS.facts),
    /** The account here that is the same; then only a folder is added. */
    knownAs: text.nullable(),
    folder: text,
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
    /** Why the last link from outside was turned away. */
    refusal: codedSchema.nullable(),
  })
  .readonly();

export type SetupView = z.infer<typeof setupSchema>;
export type ProposalView = z.infer<typeof proposalSchema>;

/** What the page sends of a profile: the text of a file or a link, never a path. */
export const profileTextSchema = z
  .strictObject({ source: z.enum(['link', 'file']), text: z.string().max(LIMITS.profileChars) })
  .readonly();

export const acceptSchema = z
  .strictObject({
    proposalId: id,
    /** Typed; null takes the one that the proposal shows. */
    folder: z.string().min(1).max(1024).nullable(),
    /** The digits of the AWS account, typed apart from the sign-in (security rule 2). The desktop asks in a dialog of its own instead. */
    awsAccount: z.string().max(40),
    hosts: list(z.string().max(260), LIMITS.facts),
  })
  .readonly();

export const ofProposal = z.strictObject({ proposalId: id }).readonly();
