import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type BlobSite, copyOfSite, holdfast, makeBlobSite, type RunResult } from './support/cli.js';
import { firstTable, page, section } from './support/markdown.js';

const docs = page('json.md');

type Fields = Readonly<Record<string, unknown>>;

/** The fields that docs/json.md gives an object under a heading: name and type. */
function documented(heading: string): ReadonlyMap<string, string> {
  return new Map(firstTable(section(docs, heading)).map(([field = '', type = '']) => [field, type]));
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** Expects just the documented fields, each of a type that is documented. */
function expectFields(value: unknown, ...headings: readonly string[]): void {
  const fields = new Map(headings.flatMap((heading) => [...documented(heading)]));
  const object = value as Fields;
  expect(Object.keys(object).sort()).toEqual([...fields.keys()].sort());
  for (const [name, type] of fields)
    expect([name, type.split(' or ')]).toEqual([name, expect.arrayContaining([typeOf(object[name])])]);
}

/** The one object that a command printed. */
function objectOf({ stdout }: RunResult): Fields {
  expect(stdout.endsWith('\n')).toBe(true);
  expect(stdout.split('\n')).toHaveLength(2);
  return JSON.parse(stdout) as Fields;
}

const TOP = 'Every object';
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let made: BlobSite;
let results: { full: RunResult; increment: RunResult; nothing: RunResult };

beforeAll(async () => {
  made = await makeBlobSite();
  const full = await made.run('backup', '--json');
  await made.commit(2);
  const increment = await made.run('backup', '--json');
  results = { full, increment, nothing: await made.run('backup', '--json') };
});

/** Everything that `backup` prints below its storages. */
function expectBackup(value: Fields): Fields {
  expectFields(value, TOP, 'backup');
  expect(value.storages).toHaveLength(1);
  const [storage] = value.storages as [Fields];
  expectFields(storage, 'backup storage');
  const filestorage = storage.filestorage as Fields;
  expectFields(filestorage, 'backup filestorage');
  for (const repair of filestorage.repairs as readonly unknown[]) expectFields(repair, 'repair');
  if (storage.blobs !== null) expectFields(storage.blobs, 'backup blobs');
  return storage;
}

function expectSet(value: unknown): void {
  expectFields(value, 'set');
  const { time, storages } = value as Fields;
  expect(time).toMatch(ISO);
  for (const storage of storages as readonly Fields[]) {
    expectFields(storage, 'set storage');
    expectFields(storage.filestorage, 'set filestorage');
    expectFields((storage.filestorage as Fields).last, 'transaction');
    expectFields(storage.blobs, 'set blobs');
  }
}

const setsOf = async (site: { run(...args: readonly string[]): Promise<RunResult> }) =>
  objectOf(await site.run('list', '--json')).sets as readonly Fields[];

describe('what --json prints is what docs/json.md says', () => {
  test.each(['full', 'increment', 'nothing'] as const)('backup: %s', (kind) => {
    const value = objectOf(results[kind]);
    const made = kind !== 'nothing';
    const base = { format: 'holdfast/1', command: 'backup', ok: true };
    expect(value).toMatchObject({ ...base, kind: 'backup', dryRun: false, made, removed: [] });
    const { filestorage, blobs } = expectBackup(value) as { filestorage: Fields; blobs: unknown };
    expectFields(filestorage.last, 'transaction');
    expect(filestorage).toMatchObject({
      kind,
      last: { tid: expect.stringMatching(/^[0-9a-f]{16}$/), time: expect.stringMatching(ISO) },
    });
    expect([filestorage.name === null, blobs === null]).toEqual([!made, !made]);
  });

  test('backup: a dry run, and what it would mend', async () => {
    const site = await copyOfSite(made.path);
    for (const name of await readdir(site.repository)) {
      if (name.endsWith('.dat')) await rm(join(site.repository, name));
    }
    const value = objectOf(await site.run('backup', '--dry-run', '--json'));
    expect(value).toMatchObject({ dryRun: true, set: null, made: false });
    const { filestorage } = expectBackup(value) as { filestorage: Fields };
    expect(filestorage).toMatchObject({ name: null });
    expect(filestorage.repairs).toHaveLength(1);
  });

  test.each([
    ['snapshotbackup', 'snapshot'],
    ['zipbackup', 'zip'],
    ['fullbackup', 'backup'],
  ])('%s', async (command, kind) => {
    const value = objectOf(await (await copyOfSite(made.path)).run(command, '--json'));
    expect(value).toMatchObject({ command, kind, made: true });
    expectBackup(value);
  });

  test('restore', async () => {
    const site = await copyOfSite(made.path);
    const value = objectOf(await site.run('restore', '--json', '-n'));
    expectFields(value, TOP, 'restore');
    expect(value).toMatchObject({ command: 'restore', restored: true, recovered: 'nothing' });
    expect(value.time).toMatch(ISO);
    for (const storage of value.storages as readonly Fields[]) {
      expectFields(storage, 'restored storage');
      expectFields(storage.datafs, 'restored datafs');
      expectFields(storage.blobs, 'restored blobs');
    }
  });

  test('restore --output', async () => {
    const value = objectOf(await made.run('restore', '--json', '-o', 'restored.fs'));
    expectFields(value, TOP, 'restore --output');
    expect(value).toMatchObject({ command: 'restore', restored: true, files: 2, oldFile: null });
    expect(value.time).toMatch(ISO);
  });

  test.each([
    ['restore', []],
    ['restore --output', ['-o', 'var/filestorage/Data.fs']],
  ])('%s: the question answered with no', async (heading, args) => {
    const line = ['restore', '--json', ...args];
    const value = objectOf(await holdfast(line, { cwd: made.path, input: 'no\n' }));
    const before = [...documented(heading).keys()];
    const fields = [...documented(TOP).keys(), ...before.slice(0, before.indexOf('restored') + 1)];
    expect(Object.keys(value).sort()).toEqual(fields.sort());
    expect(value).toMatchObject({ ok: true, restored: false });
  });

  test('list', async () => {
    const value = objectOf(await made.run('list', '--json'));
    expectFields(value, TOP, 'list');
    const sets = value.sets as readonly Fields[];
    expect(sets).toMatchObject([
      { kind: 'backup', origin: 'holdfast', storages: [{ filestorage: { kind: 'full' } }] },
      { kind: 'backup', origin: 'holdfast', storages: [{ filestorage: { kind: 'increment' } }] },
    ]);
    for (const set of sets) expectSet(set);
  });

  test('status', async () => {
    const site = await copyOfSite(made.path);
    await site.run('verify');
    const value = objectOf(await holdfast(['status', '--json'], { cwd: site.path }));
    expectFields(value, TOP, 'status');
    const [storage] = value.storages as [Fields];
    expectFields(storage, 'storage status');
    expectFields(storage.source, 'status source');
    expectFields((storage.source as Fields).last, 'transaction');
    for (const set of storage.sets as readonly Fields[]) expectFields(set, 'status set');
    for (const run of storage.runs as readonly Fields[]) expectFields(run, 'run');
    for (const lock of storage.locks as readonly Fields[]) expectFields(lock, 'status lock');
    const { sets, runs, locks } = storage as Record<'sets' | 'runs' | 'locks', readonly unknown[]>;
    expect([sets.length, runs.length, locks.length > 0]).toEqual([2, 4, true]);
    expect(storage.time).toMatch(ISO);
  });

  test('show', async () => {
    const [, second] = await setsOf(made);
    const value = objectOf(await made.run('show', String(second?.id), '--json'));
    expectFields(value, TOP, 'show');
    expectSet(value.set);
    const [files] = value.files as [Fields];
    expectFields(files, 'set files');
    expect(files.files).toHaveLength(2);
  });

  test('the name and the time of a set, and the name of its file, restore it', async () => {
    const [first] = await setsOf(made);
    const [{ filestorage }] = first!.storages as [{ filestorage: Fields }];
    for (const [at, date] of [first?.id, first?.time, filestorage.name].entries()) {
      const value = objectOf(await made.run('restore', String(date), '--json', '--to', `again-${at}`));
      expect(value).toMatchObject({ set: first?.id, time: first?.time });
      expect(value.storages).toMatchObject([{ datafs: { bytes: filestorage.end } }]);
      const alone = objectOf(await made.run('restore', String(date), '--json', '-n', '-o', 'again.fs'));
      expect(alone).toMatchObject({ name: filestorage.name, bytes: filestorage.end });
    }
  });

  test.each([
    [[], 'stored'],
    [['--quick'], 'quick'],
    [['--deep'], 'deep'],
  ])('verify %j', async (options, level) => {
    const value = objectOf(await made.run('verify', '--json', ...options));
    expectFields(value, TOP, 'verify');
    expect(value).toMatchObject({ level, sets: 2, files: 2, blobBackups: 2 });
  });

  test('prune', async () => {
    const value = objectOf(await made.run('prune', '--dry-run', '--json'));
    expectFields(value, TOP, 'prune');
    expect(value).toMatchObject({ dryRun: true, kinds: [{ kind: 'backup', removals: 0 }] });
    for (const kind of value.kinds as readonly Fields[]) {
      expectFields(kind, 'pruned kind');
      for (const set of kind.sets as readonly Fields[])
        expect(set).toEqual({ id: expect.any(String), kept: true, reasons: expect.any(Array) });
    }
  });

  test('keep', async () => {
    const site = await copyOfSite(made.path);
    const [first] = await setsOf(site);
    for (const [args, pinned] of [
      [[], true],
      [['--undo'], false],
    ] as const) {
      const value = objectOf(await site.run('keep', String(first?.id), ...args, '--json'));
      expectFields(value, TOP, 'keep');
      expect(value).toMatchObject({ set: first?.id, kind: 'backup', pinned });
    }
  });

  test('lock list and lock clean', async () => {
    const list = objectOf(await made.run('lock', 'list', 'var/backups', '--json'));
    expectFields(list, TOP, 'lock list');
    for (const lock of list.locks as readonly Fields[]) {
      const { problem: _, recorded: __, ...always } = lock;
      expectFields(always, 'lock');
    }
    expectFields(
      objectOf(await made.run('lock', 'clean', 'var/backups', '--json', '--dry-run')),
      TOP,
      'lock clean',
    );
  });
});

describe('a failure with --json', () => {
  test.each([
    ['usage', ['list', '--nonsense']],
    ['source.missing', ['backup', '--datafs', 'nowhere']],
    ['repository.missing', ['list', '--repository', 'nowhere']],
    ['sets.none', ['restore', '2001-01-01', '-n']],
    ['sets.not-found', ['show', '2001-01-01-00-00-00']],
    ['repository.no-backup', ['restore', '2001-01-01', '-o', 'alone.fs']],
    ['fs.not-found', ['restore', '-o', 'no/such/place']],
  ])('is an object with the code %s', async (code, args) => {
    const value = objectOf(await made.run(...args, '--json'));
    const { error, ...rest } = value;
    expectFields(rest, TOP);
    expect(rest).toMatchObject({ command: args[0], ok: false });
    const { path: _, offset: __, details: ___, ...always } = error as Fields;
    expectFields(always, 'error');
    expect(always.code).toBe(code);
  });

  test('of a verify has the problems', async () => {
    const site = await copyOfSite(made.path);
    const names = await readdir(site.repository);
    await rm(join(site.repository, names.find((name) => name.endsWith('.deltafsz'))!));
    const { error } = objectOf(await site.run('verify', '--json')) as { error: { details: unknown } };
    expectFields(error.details, 'verify details');
  });
});
