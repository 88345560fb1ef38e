// Settings that `driftless config` knows by name.

export const configKeys = ['proxy', 'ca-file', 'credentials'] as const;
export type ConfigKey = (typeof configKeys)[number];
