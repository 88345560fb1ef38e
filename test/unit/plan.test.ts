// Planner rules for whole trees: folders, conflicts, proofs of absence, names and order.
import { describe, expect, test } from 'vitest';
import { plan } from '../../main/core/plan/plan.ts';
import {
  baseOf,
  contentOf,
  etagOf,
  folderBase,
  folderHere,
  folderThere,
  here,
  inputOf,
  markedFolder,
  planned,
  print,
  row,
  there,
  unknown,
  wavesOf,
} from '../support/plan-rows.ts';

const inSync = (text: string, inode?: bigint) => ({
  base: baseOf(text, inode),
  local: here(text),
  remote: there(text),
});
const folderInSync = { base: folderBase(), local: folderHere(), remote: folderThere };
const goneHere = (text: string) => ({ base: baseOf(text), remote: there(text) });
const goneThere = (text: string) => ({ base: baseOf(text), local: here(text) });
const conflict = { base: baseOf('B'), local: here('mine'), remote: there('their') };

describe('preconditions of operations', () => {
  test('an upload states that the file is new or which version it replaces', () => {
    const made = plan(
      inputOf([
        row('new', { local: here('X') }),
        row('old', { base: baseOf('B'), local: here('XX'), remote: there('B') }),
      ]),
    );
    const upload = { kind: 'upload', keepForeign: false } as const;
    expect(made.waves).toEqual([
      [
        {
          ...upload,
          path: 'new',
          reason: 'new-local',
          local: print('X'),
          expected: { kind: 'absent' },
          sizeBytes: 1,
        },
        {
          ...upload,
          path: 'old',
          reason: 'changed-local',
          local: print('XX'),
          expected: { kind: 'file', etag: etagOf('B') },
          sizeBytes: 2,
        },
      ],
    ]);
  });

  test('a download states that the file is new or which file it replaces', () => {
    const made = plan(
      inputOf([
        row('new', { remote: there('X') }),
        row('old', { base: baseOf('B'), local: here('B'), remote: there('XX') }),
      ]),
    );
    expect(made.waves).toEqual([
      [
        {
          kind: 'download',
          path: 'new',
          reason: 'new-remote',
          etag: etagOf('X'),
          expected: { kind: 'absent' },
          sizeBytes: 1,
        },
        {
          kind: 'download',
          path: 'old',
          reason: 'changed-remote',
          etag: etagOf('XX'),
          expected: { kind: 'file', fingerprint: print('B') },
          sizeBytes: 2,
        },
      ],
    ]);
  });

  test('a removal names the version that it may remove', () => {
    const made = plan(inputOf([row('here', goneThere('B')), row('there', goneHere('CC'))]));
    expect(made.waves).toEqual([
      [
        {
          kind: 'remove-local',
          path: 'here',
          reason: 'gone-remote',
          fingerprint: print('B'),
          content: contentOf('B'),
          sizeBytes: 1,
        },
        { kind: 'remove-remote', path: 'there', reason: 'gone-local', etag: etagOf('CC'), sizeBytes: 2 },
      ],
    ]);
  });

  test('contents that must be known are read first, on both sides at once', () => {
    const cells = { local: here('X', { unhashed: true }), remote: there('Y', { unread: true }) };
    expect(planned([row('p', cells)])).toEqual([['hash-local p', 'identify-remote p']]);
  });
});

describe('reasons of operations', () => {
  const reasonsOf = (...args: Parameters<typeof inputOf>): readonly string[] =>
    plan(inputOf(...args))
      .waves.flat()
      .map((op) => `${op.kind} ${op.path}: ${op.reason}`);

  test('bookkeeping and reads state their reason', () => {
    const rows = [
      row('adopt', { local: here('X'), remote: there('X') }),
      row('forget', { base: baseOf('B') }),
      row('read', { local: here('X', { unhashed: true }), remote: there('Y', { unread: true }) }),
      row('read-here', { base: baseOf('B'), local: here('X', { unhashed: true }), remote: there('B') }),
      row('read-there', { base: baseOf('B'), local: here('B'), remote: there('X', { unread: true }) }),
    ];
    expect(reasonsOf(rows)).toEqual([
      'adopt adopt: same-both',
      'forget forget: same-both',
      'hash-local read: must-compare',
      'identify-remote read: must-compare',
      'hash-local read-here: must-compare',
      'identify-remote read-there: must-compare',
    ]);
  });

  test('folder operations state their reason', () => {
    const rows = [
      row('back', { base: folderBase(), remote: folderThere }),
      row('back/f', { base: baseOf('B'), remote: there('XX') }),
      row('emptied', folderInSync),
      row('emptied/f', goneHere('B')),
      row('gone-here', { base: folderBase(), remote: markedFolder }),
      row('gone-there', { base: folderBase(), local: folderHere() }),
      row('new-here', { local: folderHere() }),
      row('new-there', { remote: markedFolder }),
      row('now-file-here', { base: folderBase(), local: here('X'), remote: markedFolder }),
      row('now-file-there', { base: folderBase(), local: folderHere(), remote: there('X') }),
    ];
    expect(reasonsOf(rows).filter((line) => line.includes('-folder '))).toEqual([
      'make-remote-folder emptied: gone-local',
      'make-remote-folder new-here: new-local',
      'make-local-folder back: edit-beats-delete',
      'make-local-folder new-there: new-remote',
      'remove-remote-folder gone-here: gone-local',
      'remove-local-folder gone-there: gone-remote',
      'remove-remote-folder now-file-here: changed-local',
      'remove-local-folder now-file-there: changed-remote',
    ]);
  });
});

describe('rule 2: a delete needs proven absence', () => {
  test.each([
    ['an incomplete local scan', [row('p', goneHere('B'))], { localComplete: false }],
    ['an incomplete listing', [row('p', goneThere('B'))], { remoteComplete: false }],
    ['a hint for the path gone here', [row('p', goneHere('B'))], { changing: new Set([row('p', {}).path]) }],
    [
      'a hint for the path gone there',
      [row('p', goneThere('B'))],
      { changing: new Set([row('p', {}).path]) },
    ],
    ['an incomplete scan, gone on both sides', [row('p', { base: baseOf('B') })], { localComplete: false }],
    [
      'an incomplete listing, gone on both sides',
      [row('p', { base: baseOf('B') })],
      { remoteComplete: false },
    ],
    [
      'an incomplete listing, an empty folder',
      [row('d', { base: folderBase(), local: folderHere() })],
      { remoteComplete: false },
    ],
    [
      'an incomplete local scan, a marked folder',
      [row('d', { base: folderBase(), remote: markedFolder })],
      { localComplete: false },
    ],
  ])('nothing is deleted without proven absence: %s', (_name, rows, policy) => {
    expect(planned(rows, policy)).toEqual([]);
  });

  test('a delete does not need a complete scan of the other side', () => {
    expect(planned([row('p', goneHere('B'))], { remoteComplete: false })).toEqual([['remove-remote p']]);
    expect(planned([row('p', goneThere('B'))], { localComplete: false })).toEqual([['remove-local p']]);
  });

  test('an incomplete local scan does not bring the deleted folder back', () => {
    const rows = [row('d', { base: folderBase(), remote: folderThere }), row('d/f', goneHere('B'))];
    expect(planned(rows, { localComplete: false })).toEqual([]);
  });

  test('held paths and all below them are left alone', () => {
    const rows = [row('a', { local: here('X') }), row('b', { local: here('X') })];
    expect(planned(rows, { held: (path) => path === 'a' })).toEqual([['upload b']]);
  });
});

describe('rule 9: folders', () => {
  test('an empty new folder gets a marker and one with children is implied by them', () => {
    const rows = [
      row('empty', { local: folderHere() }),
      row('full', { local: folderHere() }),
      row('full/f', { local: here('X') }),
    ];
    expect(planned(rows)).toEqual([['make-remote-folder empty'], ['upload full/f']]);
  });

  test('a folder that holds only unknown entries is unknown on either side', () => {
    expect(planned([row('d', { local: folderHere() }), row('d/x', { local: unknown() })])).toEqual([]);
    expect(
      planned([row('d', { remote: folderThere }), row('d/x', { remote: unknown('name-invalid') })]),
    ).toEqual([]);
  });

  test('new remote folders are created parents first, before their contents', () => {
    const rows = [
      row('d', { remote: folderThere }),
      row('d/e', { remote: markedFolder }),
      row('d/f', { remote: there('X') }),
    ];
    expect(planned(rows)).toEqual([['make-local-folder d'], ['make-local-folder d/e'], ['download d/f']]);
  });

  test('a folder removed remotely is removed locally with all its contents, deepest first, by rmdir', () => {
    const gone = { base: folderBase(), local: folderHere() };
    const rows = [row('d', gone), row('d/e', gone), row('d/e/f', goneThere('B')), row('d/g', goneThere('B'))];
    expect(planned(rows)).toEqual([
      ['remove-local d/e/f', 'remove-local d/g'],
      ['remove-local-folder d/e'],
      ['remove-local-folder d'],
    ]);
  });

  test('a folder removed remotely stays while a child stays, because an edit beats the delete', () => {
    const rows = [
      row('d', { base: folderBase(), local: folderHere() }),
      row('d/f', { base: baseOf('B'), local: here('XX') }),
      row('d/g', goneThere('B')),
    ];
    expect(planned(rows)).toEqual([['upload d/f'], ['remove-local d/g']]);
  });

  test('a folder removed remotely stays while it holds an unknown entry', () => {
    const rows = [row('d', { base: folderBase(), local: folderHere() }), row('d/x', { local: unknown() })];
    expect(planned(rows)).toEqual([]);
  });

  test('a folder whose children are not all in this plan is not removed yet', () => {
    const rows = [row('d', { base: folderBase(), local: folderHere() }), row('d/f', goneThere('B'))];
    const input = inputOf(rows);
    expect(wavesOf(plan({ ...input, entries: input.entries.slice(0, 1) }))).toEqual([]);
  });

  test('a folder removed locally is removed remotely: files first, then the marker', () => {
    const rows = [row('d', { base: folderBase(), remote: markedFolder }), row('d/f', goneHere('B'))];
    expect(planned(rows)).toEqual([['remove-remote d/f'], ['remove-remote-folder d']]);
  });

  test('a folder removed locally that has no marker is removed with its files', () => {
    const rows = [row('d', { base: folderBase(), remote: folderThere }), row('d/f', goneHere('B'))];
    expect(planned(rows)).toEqual([['remove-remote d/f']]);
  });

  test('a folder removed locally comes back for a child that was edited remotely', () => {
    const rows = [
      row('d', { base: folderBase(), remote: folderThere }),
      row('d/f', { base: baseOf('B'), remote: there('XX') }),
    ];
    expect(planned(rows)).toEqual([['make-local-folder d'], ['download d/f']]);
  });

  test('a folder that stays gets a marker before its last file is removed', () => {
    const rows = [row('d', folderInSync), row('d/f', goneHere('B')), row('d/g', goneHere('C'))];
    expect(planned(rows)).toEqual([['make-remote-folder d'], ['remove-remote d/f', 'remove-remote d/g']]);
  });

  test('a folder gets no marker while something in it stays or arrives, or where one exists', () => {
    expect(planned([row('d', folderInSync), row('d/f', goneHere('B')), row('d/g', inSync('C'))])).toEqual([
      ['remove-remote d/f'],
    ]);
    expect(
      planned([row('d', folderInSync), row('d/f', goneHere('B')), row('d/n', { local: here('X') })]),
    ).toEqual([['upload d/n'], ['remove-remote d/f']]);
    const marked = { base: folderBase(), local: folderHere(), remote: markedFolder };
    expect(planned([row('d', marked), row('d/f', goneHere('B'))])).toEqual([['remove-remote d/f']]);
    const hidden = row('d/x', { remote: unknown('name-clash') });
    expect(planned([row('d', folderInSync), row('d/f', goneHere('B')), hidden])).toEqual([
      ['remove-remote d/f'],
    ]);
  });

  test('nothing empties a folder whose marker was refused, and what leaves another folder goes', () => {
    const rows = [
      row('d', folderInSync),
      row('d/f', goneHere('B')),
      row('d/e', { base: folderBase(), remote: folderThere }),
      row('d/e/g', goneHere('C')),
      row('h', goneHere('D')),
    ];
    expect(planned(rows, { held: (path) => path === 'd' })).toEqual([['remove-remote h']]);
  });

  test('the marker goes to the remaining folder when a whole branch below it is removed', () => {
    const rows = [
      row('d', folderInSync),
      row('d/e', { base: folderBase(), remote: folderThere }),
      row('d/e/f', goneHere('B')),
    ];
    expect(planned(rows)).toEqual([['make-remote-folder d'], ['remove-remote d/e/f']]);
  });
});

describe('undecided entries keep a folder as it is', () => {
  const goneFolderHere = row('d', { base: folderBase(), remote: markedFolder });
  const goneFolderThere = row('d', { base: folderBase(), local: folderHere() });

  test.each([
    [
      'a remote file that must be read',
      row('d/f', { base: baseOf('B'), remote: there('X', { unread: true }) }),
      [['identify-remote d/f']],
    ],
    ['a remote file with a pending change event', row('d/changing', goneHere('B')), []],
    [
      'a remote file whose local side is unknown',
      row('d/f', { base: baseOf('B'), local: unknown(), remote: there('B') }),
      [],
    ],
    ['an unknown remote entry', row('d/f', { remote: unknown('name-invalid') }), []],
  ])('a folder removed locally stays remotely with %s', (_name, child, waves) => {
    expect(planned([goneFolderHere, child], { changing: new Set([row('d/changing', {}).path]) })).toEqual(
      waves,
    );
  });

  test.each([
    [
      'a local file that must be read',
      row('d/f', { base: baseOf('B'), local: here('X', { unhashed: true }) }),
      [['hash-local d/f']],
    ],
    ['a local file with a pending change event', row('d/changing', goneThere('B')), []],
    [
      'a local file whose remote side is unknown',
      row('d/f', { base: baseOf('B'), local: here('B'), remote: unknown('name-clash') }),
      [],
    ],
    ['a new local folder', row('d/n', { local: folderHere() }), [['make-remote-folder d/n']]],
  ])('a folder removed remotely stays locally with %s', (_name, child, waves) => {
    expect(planned([goneFolderThere, child], { changing: new Set([row('d/changing', {}).path]) })).toEqual(
      waves,
    );
  });

  test('only the side that must be complete decides about the contents of a folder', () => {
    expect(planned([goneFolderThere, row('d/f', goneThere('B'))], { localComplete: false })).toEqual([
      ['remove-local d/f'],
      ['remove-local-folder d'],
    ]);
    expect(planned([goneFolderHere, row('d/f', goneHere('B'))], { remoteComplete: false })).toEqual([
      ['remove-remote d/f'],
      ['remove-remote-folder d'],
    ]);
  });

  test('nested folders removed locally are removed deepest first unless one of them is new remotely', () => {
    const inner = row('d/e', { base: folderBase(), remote: markedFolder });
    expect(planned([goneFolderHere, inner, row('d/e/f', goneHere('B'))])).toEqual([
      ['remove-remote d/e/f'],
      ['remove-remote-folder d/e'],
      ['remove-remote-folder d'],
    ]);
    const rows = [goneFolderHere, row('d/n', { remote: markedFolder })];
    expect(planned(rows)).toEqual([['make-local-folder d'], ['make-local-folder d/n']]);
  });

  test('a nested folder with a pending change event keeps its parents', () => {
    const deeper = row('d/changing', { base: folderBase(), local: folderHere() });
    expect(planned([goneFolderThere, deeper], { changing: new Set([deeper.path]) })).toEqual([]);
  });

  test('a remote folder that holds an edited file deeper down comes back with all folders between', () => {
    const rows = [
      goneFolderHere,
      row('d/e', { base: folderBase(), remote: folderThere }),
      row('d/e/f', { base: baseOf('B'), remote: there('XX') }),
    ];
    expect(planned(rows)).toEqual([['make-local-folder d'], ['make-local-folder d/e'], ['download d/e/f']]);
  });

  test('a foreign remote folder stays in upload-only, also when deletes are carried', () => {
    const rows = [goneFolderHere, row('d/foreign', { remote: there('X') })];
    expect(planned(rows, { mode: 'upload-only', propagateDeletes: true })).toEqual([]);
    expect(planned([goneFolderHere], { mode: 'upload-only', propagateDeletes: true })).toEqual([
      ['remove-remote-folder d'],
    ]);
    expect(planned([goneFolderHere], { mode: 'upload-only' })).toEqual([]);
  });

  test('download-only leaves new local folders and their contents alone', () => {
    const rows = [
      row('n', { local: folderHere() }),
      row('n/f', { local: here('X') }),
      row('n/e', { local: folderHere() }),
    ];
    expect(planned(rows, { mode: 'download-only' })).toEqual([]);
  });
});

describe('a file and a folder of one name', () => {
  test('a file replaced locally by a folder is removed remotely first, and the children follow in the next cycle', () => {
    const rows = [
      row('p', { base: baseOf('B'), local: folderHere(), remote: there('B') }),
      row('p/f', { local: here('X') }),
    ];
    expect(planned(rows)).toEqual([['remove-remote p']]);
  });

  test('a file replaced remotely by a folder is removed locally first', () => {
    const rows = [
      row('p', { base: baseOf('B'), local: here('B'), remote: folderThere }),
      row('p/f', { remote: there('X') }),
    ];
    expect(planned(rows)).toEqual([['remove-local p']]);
  });

  test('a folder replaced locally by a file loses its remote contents first', () => {
    const rows = [
      row('p', { base: folderBase(), local: here('X'), remote: markedFolder }),
      row('p/f', goneHere('B')),
    ];
    expect(planned(rows)).toEqual([['remove-remote p/f'], ['remove-remote-folder p']]);
  });

  test('a folder replaced locally by a file while a child was edited remotely makes the file a conflict copy', () => {
    const rows = [
      row('p', { base: folderBase(), local: here('X'), remote: folderThere }),
      row('p/f', { base: baseOf('B'), remote: there('XX') }),
    ];
    expect(planned(rows)).toEqual([['set-aside p -> p (conflict 2026-11-22 laptop)']]);
  });

  test('a folder replaced remotely by a file loses its local contents, then is removed', () => {
    const rows = [
      row('p', { base: folderBase(), local: folderHere(), remote: there('X') }),
      row('p/f', goneThere('B')),
    ];
    expect(planned(rows)).toEqual([['remove-local p/f'], ['remove-local-folder p']]);
  });

  test('a folder replaced remotely by a file while a child was edited locally is renamed when the rest is removed', () => {
    const folder = row('p', { base: folderBase(), local: folderHere(), remote: there('X') });
    const edited = row('p/f', { base: baseOf('B'), local: here('XX') });
    expect(planned([folder, edited, row('p/g', goneThere('B'))])).toEqual([['remove-local p/g']]);
    expect(planned([folder, edited])).toEqual([['set-aside p -> p (conflict 2026-11-22 laptop)']]);
  });

  test('a new local folder and a new remote file of one name rename the whole folder', () => {
    const made = plan(
      inputOf([row('p.d', { local: folderHere(), remote: there('X') }), row('p.d/f', { local: here('Y') })]),
    );
    expect(made.waves).toEqual([
      [
        {
          kind: 'set-aside',
          path: 'p.d',
          to: 'p.d (conflict 2026-11-22 laptop)',
          reason: 'both-changed',
          local: { kind: 'folder' },
          sizeBytes: 0,
        },
      ],
    ]);
    const taken = row('p (conflict 2026-11-22 laptop)', folderInSync);
    const also = row('p (conflict 2026-11-22 laptop 2)', folderInSync);
    expect(planned([row('p', { local: folderHere(), remote: there('X') }), taken, also])).toEqual([
      ['set-aside p -> p (conflict 2026-11-22 laptop 3)'],
    ]);
  });

  test('upload-only leaves a remote folder alone and reports it', () => {
    const made = plan(
      inputOf([row('p', { local: here('X'), remote: folderThere })], { mode: 'upload-only' }),
    );
    expect(made).toEqual({ waves: [], problems: [{ path: 'p', code: 'file-folder-clash', fields: {} }] });
    const rows = [
      row('p', { base: folderBase(), local: here('X'), remote: folderThere }),
      row('p/f', goneHere('B')),
    ];
    expect(plan(inputOf(rows, { mode: 'upload-only' })).problems).toEqual([
      { path: 'p', code: 'file-folder-clash', fields: {} },
    ]);
  });
});

describe('rule 10: conflicts', () => {
  const copyName = 'r (conflict 2026-11-22 laptop).txt';
  const mine = conflict.local;

  test('in a conflict the local file is renamed to a free name', () => {
    expect(plan(inputOf([row('d', folderInSync), row('d/r.txt', conflict)])).waves).toEqual([
      [
        {
          kind: 'set-aside',
          path: 'd/r.txt',
          to: `d/${copyName}`,
          reason: 'both-changed',
          local: { kind: 'file', fingerprint: mine.fingerprint },
          sizeBytes: 4,
        },
      ],
    ]);
  });

  test('a taken conflict name gets the first eight digits of the hash', () => {
    const taken = row(copyName, inSync('other'));
    expect(planned([row('r.txt', conflict), taken])).toEqual([
      [`set-aside r.txt -> r (conflict 2026-11-22 laptop mine-con).txt`],
    ]);
    const alsoTaken = row('r (conflict 2026-11-22 laptop mine-con).txt', inSync('thing'));
    expect(planned([row('r.txt', conflict), taken, alsoTaken])).toEqual([
      [`set-aside r.txt -> r (conflict 2026-11-22 laptop mine-con-2).txt`],
    ]);
  });

  test.each([
    ['unknown locally', { local: unknown() }, {}],
    ['known from before', { base: baseOf('B') }, { localComplete: false }],
    ['unknown remotely', { remote: unknown('name-clash') }, {}],
  ])('a conflict name that is %s is taken', (_name, cells, policy) => {
    expect(planned([row('r.txt', conflict), row(copyName, cells)], policy)).toEqual([
      ['set-aside r.txt -> r (conflict 2026-11-22 laptop mine-con).txt'],
    ]);
  });

  test('nothing is read where the sizes differ and no copy exists', () => {
    const unhashed = { ...conflict, local: here('mine', { unhashed: true }) };
    expect(planned([row('r.txt', unhashed)])).toEqual([[`set-aside r.txt -> ${copyName}`]]);
  });

  test('download-only reports that it restores', () => {
    const edited = row('r.txt', { base: baseOf('B'), local: here('mine'), remote: there('B') });
    const [op] = plan(inputOf([edited], { mode: 'download-only' })).waves.flat();
    expect([op?.kind, op?.reason]).toEqual(['set-aside', 'mode-restores']);
  });

  test('a taken conflict name needs the hash, so the bytes are read first', () => {
    const unhashed = { ...conflict, local: here('mine', { unhashed: true }) };
    expect(planned([row('r.txt', unhashed), row(copyName, inSync('other'))])).toEqual([['hash-local r.txt']]);
  });

  test('names that differ only by case are taken on a case-insensitive disk', () => {
    const rows = [row('r.txt', conflict), row('R (CONFLICT 2026-11-22 laptop).txt', inSync('other'))];
    expect(planned(rows, { caseSensitive: false })).toEqual([
      ['set-aside r.txt -> r (conflict 2026-11-22 laptop mine-con).txt'],
    ]);
  });

  test.each([
    ['here', { local: here('mine') }, [[`upload ${copyName}`, 'download r.txt']]],
    ['there', { remote: there('mine') }, [['download r (conflict 2026-11-22 laptop).txt', 'download r.txt']]],
    ['on both sides', inSync('mine'), [['download r.txt']]],
  ])('no second copy is made where one with these bytes is %s', (_name, copy, waves) => {
    expect(planned([row('r.txt', conflict), row(copyName, copy)])).toEqual(waves);
  });

  test('a copy of another size is another copy', () => {
    const rows = [row('r.txt', conflict), row('r (conflict 2025-01-01 desk).txt', inSync('another'))];
    expect(planned(rows)).toEqual([[`set-aside r.txt -> ${copyName}`]]);
  });

  test('bytes that may be equal are read before a second copy is made', () => {
    const copy = row(copyName, { local: here('MINE', { unhashed: true }) });
    expect(planned([row('r.txt', conflict), copy])).toEqual([[`hash-local ${copyName}`]]);
    const remoteCopy = row(copyName, { remote: there('MINE', { unread: true }) });
    expect(planned([row('r.txt', conflict), remoteCopy])).toEqual([[`identify-remote ${copyName}`]]);
    const unhashed = { ...conflict, local: here('mine', { unhashed: true }) };
    expect(planned([row('r.txt', unhashed), row(copyName, inSync('MINE'))])).toEqual([['hash-local r.txt']]);
  });

  test('a copy that is being read holds the conflict, as does a held name', () => {
    const copy = row(copyName, { local: here('MINE', { unhashed: true }) });
    const isCopy = (path: string): boolean => path === copyName;
    expect(planned([row('r.txt', conflict), copy], { held: isCopy, running: isCopy })).toEqual([]);
    expect(planned([row('r.txt', conflict)], { held: isCopy })).toEqual([]);
  });

  test.each([
    ['here', { local: here('MINE', { unhashed: true }) }],
    ['there', { remote: there('MINE', { unread: true }) }],
  ])('a copy %s that cannot be read holds no conflict', (_name, copy) => {
    const rows = [row('r.txt', conflict), row(copyName, copy)];
    expect(planned(rows, { held: (path) => path === copyName })).toEqual([
      ['set-aside r.txt -> r (conflict 2026-11-22 laptop mine-con).txt'],
    ]);
  });

  test('a held copy whose bytes are known is none the less the copy', () => {
    const rows = [row('r.txt', conflict), row(copyName, inSync('mine'))];
    expect(planned(rows, { held: (path) => path === copyName })).toEqual([['download r.txt']]);
  });

  test('a file that has its copy makes place for a folder', () => {
    const cells = { base: baseOf('B'), local: here('mine'), remote: folderThere };
    const rows = [row('r.txt', cells), row(copyName, inSync('mine'))];
    expect(planned(rows)).toEqual([['remove-local r.txt']]);
  });

  test('two conflicts in one plan take two names', () => {
    const long = 'x'.repeat(250);
    const rows = [row(`${long}A`, conflict), row(`${long}B`, { ...conflict, local: here('ours') })];
    const [wave] = planned(rows);
    expect(new Set(wave?.map((line) => line.split(' -> ')[1])).size).toBe(2);
  });
});

describe('names that the local disk refuses', () => {
  test('of names that fold together the first is synced and the other left alone with the reason (rule 8)', () => {
    const rows = [row('A.txt', { remote: there('X') }), row('a.txt', { remote: there('Y') })];
    const made = plan(inputOf(rows, { caseSensitive: false }));
    expect(made).toEqual({
      waves: [[expect.objectContaining({ kind: 'download', path: 'A.txt' })]],
      problems: [{ path: 'a.txt', code: 'case-clash', fields: { other: 'A.txt' } }],
    });
    expect(wavesOf(plan(inputOf(rows)))).toEqual([['download A.txt', 'download a.txt']]);
  });

  test('of names that fold together the local one keeps syncing (rule 8)', () => {
    const rows = [
      row('A.txt', { remote: there('X') }),
      row('a.txt', { base: baseOf('B'), local: here('B'), remote: there('YY') }),
    ];
    expect(planned(rows, { caseSensitive: false })).toEqual([['download a.txt']]);
  });

  test('folders that fold together are judged with all their contents (rule 8)', () => {
    const rows = [
      row('D', { remote: folderThere }),
      row('d', { remote: folderThere }),
      row('D/x', { remote: there('X') }),
      row('d/y', { remote: there('Y') }),
    ];
    expect(planned(rows, { caseSensitive: false })).toEqual([['make-local-folder D'], ['download D/x']]);
  });

  test('a folder renamed remotely in its letter case is one rename where the disk folds case', () => {
    const rows = [
      row('D', { base: folderBase(), local: folderHere() }),
      row('d', { remote: folderThere }),
      row('D/x', { base: baseOf('X'), local: here('X') }),
      row('d/x', { remote: there('X') }),
    ];
    expect(planned(rows, { caseSensitive: false })).toEqual([['move-local D -> d']]);
  });

  test('a name whose rival is about to be removed waits without a report', () => {
    const rows = [row('a.txt', goneThere('B')), row('A.txt', { remote: there('XX') })];
    const made = plan(inputOf(rows, { caseSensitive: false }));
    expect(wavesOf(made)).toEqual([['remove-local a.txt']]);
    expect(made.problems).toEqual([]);
  });

  test('download-only treats a rival that is local and never uploaded as a clash and does not wait for it', () => {
    const rows = [row('a.txt', { local: here('B') }), row('A.txt', { remote: there('XX') })];
    const made = plan(inputOf(rows, { caseSensitive: false, mode: 'download-only' }));
    expect(made).toEqual({
      waves: [],
      problems: [{ path: 'A.txt', code: 'case-clash', fields: { other: 'a.txt' } }],
    });
    const twoWay = plan(inputOf(rows, { caseSensitive: false }));
    expect(wavesOf(twoWay)).toEqual([['upload a.txt']]);
    expect(twoWay.problems).toEqual([]);
  });

  test('download-only waits for a rival that is about to be removed', () => {
    const rows = [row('a.txt', goneThere('B')), row('A.txt', { remote: there('XX') })];
    const made = plan(inputOf(rows, { caseSensitive: false, mode: 'download-only' }));
    expect(wavesOf(made)).toEqual([['remove-local a.txt']]);
    expect(made.problems).toEqual([]);
  });

  test('names that Windows disks refuse are refused before a download', () => {
    const rows = [
      row('CON', { remote: folderThere }),
      row('CON/x', { remote: there('X') }),
      row('a:b', { remote: there('X') }),
      row('fine', { remote: there('X') }),
    ];
    expect(planned(rows)).toEqual([
      ['make-local-folder CON'],
      ['download CON/x', 'download a:b', 'download fine'],
    ]);
    const made = plan(inputOf(rows, { windowsNames: true }));
    expect(wavesOf(made)).toEqual([['download fine']]);
    expect(made.problems).toEqual([
      { path: 'CON', code: 'name-reserved', fields: {} },
      { path: 'a:b', code: 'name-invalid', fields: {} },
    ]);
  });
});

test('nothing is placed below a folder that is missing or is a file on the other side', () => {
  expect(planned([row('d', { local: unknown('excluded') }), row('d/f', { remote: there('X') })])).toEqual([]);
  expect(
    planned([
      row('d', { local: folderHere(), remote: unknown('name-clash') }),
      row('d/f', { local: here('X') }),
    ]),
  ).toEqual([]);
});

test('a plan runs in waves: read, rename conflicts, create folders, move, transfer, remove, remove folders', () => {
  const rows = [
    row('c', conflict),
    row('gone', { base: folderBase(), local: folderHere() }),
    row('gone/f', goneThere('G')),
    row('hash', { local: here('H', { unhashed: true }), remote: there('I') }),
    row('new', { remote: folderThere }),
    row('new/f', { remote: there('N') }),
    row('to', { local: here('MM', { inode: 5n }) }),
    row('from', { base: baseOf('MM', 5n), remote: there('MM') }),
  ];
  expect(planned(rows)).toEqual([
    ['hash-local hash'],
    ['set-aside c -> c (conflict 2026-11-22 laptop)'],
    ['make-local-folder new'],
    ['move-remote from -> to'],
    ['download new/f'],
    ['remove-local gone/f'],
    ['remove-local-folder gone'],
  ]);
});
