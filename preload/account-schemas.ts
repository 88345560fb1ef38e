// Schemas of an account's settings: certificates, and credentials for other programs.
import { z } from 'zod';
import { id, text } from './schema-parts.ts';

export const allowProgramsSchema = z.strictObject({ accountId: id, isOn: z.boolean() }).readonly();

/** `default` would change what every other tool does that names no profile. */
export const awsProfileName = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .refine((name) => name !== 'default');

export const ofAwsProfile = z.strictObject({ accountId: id, profile: awsProfileName }).readonly();

/** What would be, or is, in the AWS config file; it names the command that gives credentials, and no credentials. */
export const awsProfileSchema = z
  .object({
    file: text,
    lines: text,
    /** `taken`: the file has a profile of that name with other contents. */
    state: z.enum(['absent', 'there', 'taken']),
  })
  .readonly();
export type AwsProfile = z.infer<typeof awsProfileSchema>;
