// Faults of the addresses that an account names, by code; each with its line for the terminal.
// The page words the code from the catalogue, under `reason.<code>`.
import { plainHostRule } from '../net/url.ts';

export const addressFaults = {
  'not-url': 'is not a URL',
  'not-https': 'must start with https://',
  'names-user': 'must not contain a user name or password',
  'names-port': 'must not name a port',
  'has-query': 'must not have a query or a fragment',
  'has-path': 'must not have a path',
  'too-long': 'must be at most 255 characters',
  wildcards: 'must not contain wildcards, spaces or policy variables',
  'odd-host': plainHostRule,
  'dot-at-end': 'must not end its host with a dot',
  'no-name': 'must be a public name, not an address',
  'not-public': 'must be a public name that AWS can reach',
} as const;

export type AddressFault = keyof typeof addressFaults;
