// Schemas of what a pair may say for itself and the top level for all: headers of writes, limits, guards, trash and pace.
import { z } from 'zod';
import { defaultScan } from '../../core/config/config.ts';
import { parseTimetable } from '../../core/config/timetable.ts';

/** Archive classes are refused: what is in them cannot be read back, by us or by other devices. */
export const writeHeaders = {
  serverSideEncryption: z
    .enum(['AES256', 'aws:kms', 'aws:kms:dsse'])
    .exactOptional()
    .describe('Sent with every write, for buckets whose policy denies writes without it.'),
  sseKmsKeyId: z
    .string()
    .regex(/^[\w:/+=,.@-]{1,2048}$/, 'is not a key id, alias or ARN')
    .exactOptional()
    .describe('The KMS key, with serverSideEncryption aws:kms or aws:kms:dsse.'),
  storageClass: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be a class such as "STANDARD_IA"')
    .refine(
      (name) => name !== 'GLACIER' && name !== 'DEEP_ARCHIVE',
      'must be a class that can be read at once',
    )
    .exactOptional()
    .describe('Of new objects; a rename and an edit keep the class that an object has.'),
  requestPayer: z
    .literal('requester')
    .exactOptional()
    .describe('Sent with every request to a bucket whose readers pay.'),
};

const count = (what: string) => z.int(`${what} must be a whole number`).min(1, 'must be at least 1');

const timetable = z
  .string()
  .max(2000, 'is too long')
  .superRefine((text, context) => {
    const parsed = parseTimetable(text);
    if ('wrong' in parsed)
      context.addIssue({
        code: 'custom',
        message: `has ${JSON.stringify(parsed.wrong)}, which is no entry such as "08:00,512k" or "Mon-18:00,10M:off"`,
      });
  })
  .describe(
    'Limits by the clock of this computer, in rclone\'s syntax: entries [DAY-]HH:MM,RATE or [DAY-]HH:MM,UP:DOWN, e.g. "08:00,512k 18:00,off". Units B, K, M, G are powers of 1,024, a number alone counts KiB. The lower of this and the fixed limits holds.',
  );

/** What a pair may say for itself and the top level for all. */
export const pairOptions = {
  deviceName: z
    .string()
    .regex(/^[^/\\:*?"<>|\p{Cc}]{1,64}$/u, 'must be at most 64 characters without / \\ : * ? " < > |')
    .exactOptional()
    .describe('Names this computer in copies of conflicts. Default: its host name.'),
  guards: z
    .strictObject({
      maxRemovals: count('maxRemovals')
        .exactOptional()
        .describe(
          'A plan that removes or replaces more files than this on one side stops and asks. Default: 1000.',
        ),
      maxSharePercent: z
        .number()
        .min(1)
        .max(100)
        .exactOptional()
        .describe(
          'So does one that removes or replaces more than this share of the files, if they are more than 5. Default: 25; 100 switches it off.',
        ),
      maxConflicts: count('maxConflicts')
        .exactOptional()
        .describe('So does one that would set aside more files than this as conflicts. Default: 100.'),
    })
    .describe('When a sync stops and asks.')
    .exactOptional(),
  trash: z
    .strictObject({
      days: z
        .number()
        .min(0)
        .max(3650)
        .exactOptional()
        .describe('How long removed and replaced files are kept. Default: 30.'),
      maxVolumePercent: z
        .number()
        .min(0)
        .max(100)
        .exactOptional()
        .describe('Most of the disk that they may take; the oldest go first. Default: 10.'),
    })
    .describe('Removed and replaced files that are kept on this computer.')
    .exactOptional(),
  scan: z
    .strictObject({
      settleMs: z
        .int()
        .min(0)
        .max(600_000)
        .default(defaultScan.settleMs)
        .describe('Milliseconds that a file must have been still before it is uploaded.'),
      auditSeconds: z
        .int()
        .min(1)
        .max(604_800)
        .default(defaultScan.auditSeconds)
        .describe('Seconds between two full looks at both sides.'),
    })
    .describe('How this computer is looked at.')
    .exactOptional(),
  poll: z
    .strictObject({
      idleSeconds: z
        .number()
        .min(0.1)
        .max(86_400)
        .exactOptional()
        .describe('Seconds between two looks for changes of other devices. Default: 10.'),
      activeSeconds: z
        .number()
        .min(0.1)
        .max(86_400)
        .exactOptional()
        .describe('The same while changes arrive. Default: 3.'),
    })
    .describe('How often the bucket is asked for changes.')
    .exactOptional(),
  limits: z
    .strictObject({
      uploadBytesPerSecond: count('uploadBytesPerSecond').exactOptional().describe('Default: no limit.'),
      downloadBytesPerSecond: count('downloadBytesPerSecond').exactOptional().describe('Default: no limit.'),
      timetable: timetable.exactOptional(),
    })
    .describe(
      'Bytes per second of contents. Beside the pairs: for all transfers of an account together; on a pair: for this pair within that. A running engine follows a change within seconds.',
    )
    .exactOptional(),
  parts: z
    .strictObject({
      sizeBytes: z
        .int()
        .min(5 * 1024 * 1024, 'must be at least 5242880')
        .max(5 * 1024 ** 3)
        .exactOptional()
        .describe(
          'Bytes of one part of an upload, more where a file would have over 10,000. Default: 16 MiB.',
        ),
      concurrency: count('concurrency')
        .max(64)
        .exactOptional()
        .describe('Parts of one large file that are moved at once. Default: 4.'),
    })
    .describe('How large files are cut.')
    .exactOptional(),
  concurrency: z
    .strictObject({
      smallFiles: count('smallFiles')
        .max(256)
        .exactOptional()
        .describe(
          'Files below 8 MiB that are moved at once. Default: as many as the network takes, up to 128.',
        ),
      largeFiles: count('largeFiles')
        .max(64)
        .exactOptional()
        .describe('Files from 8 MiB on that are moved at once. Default: 4.'),
    })
    .describe('How many files are moved at once.')
    .exactOptional(),
  ...writeHeaders,
};
