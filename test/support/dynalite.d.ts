// The part of dynalite's interface that a test uses; the package brings no types.
declare module 'dynalite' {
  import type { Server } from 'node:http';

  // oxlint-disable-next-line no-restricted-exports -- this is how the package exports it
  export default function dynalite(options: { readonly createTableMs?: number }): Server;
}
