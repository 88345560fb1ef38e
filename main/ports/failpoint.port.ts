// Named durable steps at which a test may kill the process; production passes a function that does nothing.

/** In the order in which an operation reaches them. Published in docs/failpoints.md. */
export const failpointNames = [
  'bind.space-marker-written',
  'bind.root-marker-written',
  'scan.local-recorded',
  'scan.remote-recorded',
  'batch.generation-recorded',
  'batch.generation-written',
  'upload.intent',
  'upload.kept-aside',
  'upload.session-saved',
  'upload.part-sent',
  'upload.sent',
  'upload.committed',
  'download.fetched',
  'download.intent',
  'download.captured',
  'download.placed',
  'download.committed',
  'remove-local.intent',
  'remove-local.captured',
  'remove-local.committed',
  'remove-remote.intent',
  'remove-remote.kept-aside',
  'remove-remote.sent',
  'remove-remote.committed',
  'folder.remote-intent',
  'folder.remote-sent',
  'folder.local-made',
  'folder.local-removed',
  'move-local.intent',
  'move-local.renamed',
  'move-local.committed',
  'move-remote.intent',
  'move-remote.copied',
  'move-remote.deleted',
  'move-remote.committed',
  'set-aside.intent',
  'set-aside.renamed',
  'set-aside.committed',
  'beacon.log-written',
  'beacon.head-written',
] as const;
export type FailpointName = (typeof failpointNames)[number];

/** Called when a step has become durable. May end the process; must otherwise return. */
export type Failpoint = (name: FailpointName) => void;
