import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { appendTransactions } from '@holdfast/test-kit';
import { beforeAll, describe, expect, test } from 'vitest';
import { copyOfSite, holdfast, makeSite, type RunResult, type Site } from './support/cli.js';
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

let made: Site;
let results: { full: RunResult; increment: RunResult; nothing: RunResult };

beforeAll(async () => {
  made = await makeSite();
  const full = await made.run('backup', '--json');
  await appendTransactions(nodeFileSystem, made.datafs, { transactions: 2 });
  const increment = await made.run('backup', '--json');
  results = { full, increment, nothing: await made.run('backup', '--json') };
});

describe('what --json prints is what docs/json.md says', () => {
  test.each(['full', 'increment', 'nothing'] as const)('backup: %s', (kind) => {
    const value = objectOf(results[kind]);
    expect(value).toMatchObject({ format: 'holdfast/1', command: 'backup', ok: true, kind, dryRun: false });
    expectFields(value, TOP, 'backup');
    expectFields(value.last, 'transaction');
    expect(value.last).toMatchObject({
      tid: expect.stringMatching(/^[0-9a-f]{16}$/),
      time: expect.stringMatching(ISO),
    });
    expect(value.name === null).toBe(kind === 'nothing');
  });

  test('backup: a dry run, and what it would mend', async () => {
    const site = await copyOfSite(made.path);
    for (const name of await readdir(site.repository)) {
      if (name.endsWith('.dat')) await rm(join(site.repository, name));
    }
    const value = objectOf(await site.run('backup', '--dry-run', '--json'));
    expect(value).toMatchObject({ dryRun: true, name: null });
    expectFields(value, TOP, 'backup');
    expect(value.repairs).toHaveLength(1);
    for (const repair of value.repairs as readonly unknown[]) expectFields(repair, 'repair');
  });

  test('restore', async () => {
    const value = objectOf(await made.run('restore', '--json', '-o', 'restored.fs'));
    expectFields(value, TOP, 'restore');
    expect(value).toMatchObject({ command: 'restore', restored: true, files: 2, oldFile: null });
    expect(value.time).toMatch(ISO);
  });

  test('restore: the question answered with no', async () => {
    const value = objectOf(await holdfast(['restore', '--json'], { cwd: made.path, input: 'no\n' }));
    const before = [...documented('restore').keys()];
    const fields = [...documented(TOP).keys(), ...before.slice(0, before.indexOf('restored') + 1)];
    expect(Object.keys(value).sort()).toEqual(fields.sort());
    expect(value).toMatchObject({ ok: true, restored: false });
  });

  test('list', async () => {
    const value = objectOf(await made.run('list', '--json'));
    expectFields(value, TOP, 'list');
    const backups = value.backups as readonly Fields[];
    expect(backups.map(({ kind }) => kind)).toEqual(['full', 'increment']);
    for (const backup of backups) {
      expectFields(backup, 'moment');
      expectFields(backup.last, 'transaction');
      expect(backup.time).toMatch(ISO);
    }
    expect(backups[1]?.files).toEqual(backups.map(({ name }) => name));
  });

  test('the name and the time of a moment restore it', async () => {
    const { backups } = objectOf(await made.run('list', '--json')) as { backups: readonly Fields[] };
    const [first] = backups;
    for (const date of [first?.name, first?.time]) {
      const value = objectOf(await made.run('restore', String(date), '--json', '-n', '-o', 'again.fs'));
      expect(value).toMatchObject({ name: first?.name, time: first?.time, bytes: first?.end });
    }
  });

  test.each([
    [[], 'stored'],
    [['--quick'], 'quick'],
    [['--deep'], 'deep'],
  ])('verify %j', async (options, level) => {
    const value = objectOf(await made.run('verify', '--json', ...options));
    expectFields(value, TOP, 'verify');
    expect(value).toMatchObject({ level, files: 2 });
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
    ['repository.no-backup', ['restore', '2001-01-01', '-n']],
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
