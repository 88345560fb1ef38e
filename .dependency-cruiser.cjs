// The arrows of ARCHITECTURE.md: who may import whom. Type-only imports count. A new arrow is a change here, with its reason.
// CommonJS because dependency-cruiser loads a configuration of that name whatever the package's type.

/** One part of the program and everything outside itself that it may import (path patterns; node_modules and Node apart). */
const inside = {
  core: { from: '^main/core/', to: ['^main/core/'] },
  ports: { from: '^main/ports/', to: ['^main/(core|ports)/'] },
  sync: { from: '^main/sync/', to: ['^main/(core|ports|sync)/'] },
  adapters: { from: '^main/adapters/', to: ['^main/(core|ports|adapters)/'] },
  // What a running program is, for whoever shows it: accounts, pairs and the backend of both pages, in the contract's words.
  app: { from: '^main/app/', to: ['^main/(core|ports|sync|app)/', '^preload/(?!index[.]ts$)'] },
  // What an engine answers over its control socket: the same verbs for `serve` and for the desktop's engine.
  control: {
    from: '^main/control/',
    to: ['^main/(core|ports|sync|adapters|app|control)/', '^preload/(?!index[.]ts$)'],
  },
  // The loopback page serves the same contract, events and texts as the window, hence preload without its Electron entry.
  loopback: {
    from: '^main/loopback/',
    to: ['^main/(core|ports|adapters|app|loopback)/', '^preload/(?!index[.]ts$)'],
  },
  compose: {
    from: '^main/compose/(abilities|app|account|pair|pair-edits|pair-errors|move-pair|changes|run|page/[a-z-]+|limits|live/[a-z-]+|conditions|release)[.]ts$',
    to: [
      '^main/(core|ports|sync|adapters|app)/',
      '^main/compose/(abilities|app|account|pair|pair-edits|pair-errors|move-pair|changes|page/[a-z-]+|limits|live/[a-z-]+|conditions|release)[.]ts$',
      '^preload/(?!index[.]ts$)',
    ],
  },
  // The desktop's engine answers the verbs of the command line over the same socket as `serve`.
  composeDesktop: {
    from: '^main/compose/desktop[.]ts$',
    to: [
      '^main/(core|ports|app|adapters|control)/',
      '^main/compose/(app|run)[.]ts$',
      '^preload/(?!index[.]ts$)',
    ],
  },
  // The command line is an entry of its own: it picks secrets, log, lock and browser as the shell does for the desktop,
  // and runs one pass of the engine without a backend.
  cli: {
    from: '^main/cli/',
    to: [
      '^main/(core|ports|sync|adapters|app|control|loopback|cli)/',
      '^main/compose/(app|run)[.]ts$',
      '^preload/(?!index[.]ts$)',
    ],
  },
  shell: { from: '^main/shell/', to: ['^main/(core|ports|sync|app|shell)/', '^preload/(?!index[.]ts$)'] },
  // The desktop's entry joins the two halves and may fill in the shell's types from core and ports.
  index: {
    from: '^main/index[.]ts$',
    to: ['^main/(core|ports|app|shell)/', '^main/compose/(desktop|own-home)[.]ts$'],
  },
  preload: { from: '^preload/', to: ['^preload/'] },
  renderer: { from: '^renderer/', to: ['^renderer/', '^preload/(?!index[.]ts$)'] },
};

/**
 * The rooms of a layer and the other rooms each may import. Files beside the rooms are the layer's hall: open to all of them.
 * A room that is not listed here fails the check below.
 */
const rooms = {
  core: {
    model: { to: [], why: 'values that everything else speaks of' },
    plan: { to: ['model'], why: 'a plan is computed from two trees alone' },
    safety: { to: ['plan', 'model'], why: 'a plan is checked after it is made, never while' },
    trash: { to: [], why: 'what is kept follows from ages and sizes alone' },
    config: { to: ['model'], why: 'settings are values' },
    access: {
      to: ['config', 'model', 'net'],
      why: 'who may do what follows from settings, addresses and claims',
    },
    admin: { to: ['access', 'model'], why: 'templates state the access that an account describes' },
    net: { to: ['model'], why: 'addresses and proxies are checked as text' },
    updates: { to: [], why: 'a release manifest is judged by itself' },
    bytes: { to: [], why: 'memory and bodies of transfers, whatever they hold' },
  },
  sync: {
    bucket: { to: [], why: 'what single objects mean, the floor of every remote step' },
    transfer: { to: ['bucket'], why: 'bytes on their way know no plan' },
    trash: { to: ['bucket', 'transfer'], why: 'keeping a copy is a transfer' },
    feed: { to: ['bucket'], why: 'other devices are told through objects' },
    scan: { to: ['bucket'], why: 'a scan only reads' },
    conflicts: {
      to: ['operations', 'transfer'],
      why: 'the user settles a conflict, by operations on this disk',
    },
    operations: { to: ['bucket', 'transfer', 'trash'], why: 'one operation of a plan, without the plan' },
    session: {
      to: ['bucket', 'feed', 'operations', 'scan', 'transfer', 'trash'],
      why: 'one opened pair: scan, plan, begin, recover',
    },
    runner: {
      to: ['feed', 'operations', 'scan', 'session', 'trash'],
      why: 'when a session acts; what it does is not its matter',
    },
  },
  adapters: {
    system: { to: [], why: 'the floor: clock, files of ours, locks, logs' },
    http: { to: ['system'], why: 'one way out for every request' },
    limits: {
      to: ['system'],
      why: 'bandwidth is shared by whatever transfers; power is asked of the system',
    },
    sums: { to: [], why: 'checksums of bytes, wherever the bytes are' },
    s3: { to: ['http', 'limits', 'sums', 'system'], why: 'S3 needs no identity provider and no disk' },
    sts: { to: ['http', 'system'], why: 'an exchange needs no sign-in flow' },
    oidc: { to: ['http', 'system'], why: 'a sign-in knows nothing of AWS' },
    groups: {
      to: ['disk', 'http', 'limits', 's3', 'sums', 'system'],
      why: 'small files go between store and folder in one piece, on a thread that holds both ends',
    },
    isolation: { to: ['s3', 'system'], why: 'probes a bucket with given credentials' },
    shares: { to: ['system'], why: 'where a path lies, and how many calls may wait there' },
    disk: { to: ['shares', 'sums', 'system'], why: 'the synced folder, without any store' },
    watch: { to: ['shares', 'system'], why: 'events only name places' },
    sqlite: { to: ['system'], why: 'the records, without what fills them' },
    config: { to: ['shares', 'system'], why: 'settings are read without network' },
    updates: { to: ['http', 'system'], why: 'one public file, without any account' },
  },
};

const outside = ['node_modules', '^(node:)?[a-z_/]+$'];

const arrows = Object.entries(inside).map(([name, { from, to }]) => ({
  name: `${name}-arrows`,
  comment: `${from} imports something of ours that it may not (see ARCHITECTURE.md, "Arrows")`,
  severity: 'error',
  from: { path: from },
  to: {
    pathNot: [...to, ...outside],
    dependencyTypesNot: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'unknown'],
  },
}));

const roomArrows = Object.entries(rooms).flatMap(([layer, list]) => [
  ...Object.entries(list).map(([room, { to, why }]) => ({
    name: `${layer}-${room}`,
    comment: `${why} (rooms of ${layer})`,
    severity: 'error',
    from: { path: `^main/${layer}/${room}/` },
    to: {
      path: `^main/${layer}/[^/]+/`,
      pathNot: [room, ...to].map((name) => `^main/${layer}/${name}/`),
    },
  })),
  {
    name: `${layer}-rooms`,
    comment: `a new room of ${layer} needs its line here, with what it may import and why`,
    severity: 'error',
    from: {},
    to: {
      path: `^main/${layer}/[^/]+/`,
      pathNot: Object.keys(list).map((name) => `^main/${layer}/${name}/`),
    },
  },
]);

/** The parts that must stay free of foreign code. */
const pure = [
  { from: '^main/core/', why: 'core decides from values: no library, no Node' },
  { from: '^main/ports/', why: 'a port is an interface: no library, no Node' },
  {
    from: '^main/sync/',
    why: 'sync works through ports: no library, no Node, so that the simulation can hold all of it',
  },
].map(({ from, why }) => ({
  name: `pure-${from.split('/')[1]}`,
  comment: why,
  severity: 'error',
  from: { path: from },
  to: {
    dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
  },
}));

module.exports = {
  forbidden: [
    ...arrows,
    ...roomArrows,
    ...pure,
    {
      name: 'sync-by-type-only',
      comment: 'the shell is handed an engine by compose; it knows its types, not its making',
      severity: 'error',
      from: { path: '^main/shell/' },
      to: { path: '^main/sync/', dependencyTypesNot: ['type-only', 'type-import'] },
    },
    {
      name: 'contract-zod-only',
      comment: 'both sides of the window load the contract: zod and nothing else',
      severity: 'error',
      from: { path: '^preload/(?!index[.]ts$)' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional'], pathNot: ['node_modules/zod/'] },
    },
    {
      name: 'electron-in-its-places',
      comment:
        'importing electron (or electron-store, electron-updater, which import it) in plain Node starts a download',
      severity: 'error',
      // Tests may use Electron's types for their double; oxlint sees to it that they import nothing else of it.
      from: { pathNot: ['^main/index[.]ts$', '^main/shell/', '^preload/index[.]ts$', '^test/'] },
      to: {
        path: [
          'node_modules/electron/',
          'node_modules/electron-store/',
          'node_modules/electron-updater/',
          '^electron',
        ],
      },
    },
    {
      name: 'renderer-without-node',
      comment: 'the page runs in a sandbox and in a plain browser',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'product-without-test-code',
      comment: 'nothing that ships depends on tests or build scripts',
      severity: 'error',
      from: { path: '^(main|preload|renderer)/' },
      to: { path: '^(test|build)/' },
    },
    {
      name: 'no-undeclared-package',
      comment: 'a package that only happens to be installed is gone after the next update',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-unresolved',
      comment: 'the import leads nowhere',
      severity: 'error',
      // The launcher is laid out beside the built bundle, which a checkout may not have.
      from: { pathNot: '^build/cli/launcher[.]mjs$' },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-cycle',
      comment: 'parts that import each other cannot be understood, tested or replaced apart',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|release|bench)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.cjs', '.js', '.json', '.css'],
    },
  },
};
