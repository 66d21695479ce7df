import { describe, expect, test } from 'vitest';
import { pathFilter, type Role } from '../src/index.js';
import { overviewModel, storageModel } from '../src/page/model/page-model.js';
import type { SeenStorage } from '../src/page/model/seen.js';
import { renderError, renderOverview, renderStorage } from '../src/page/render.js';
import { type Tag, tagsOf } from './support/html.js';
import { job, scene, seen, sets, status, storage, viewer } from './support/page-scene.js';

const BAD = `<script>alert(1)</script>"'&<img src=x onerror=alert(2)>`;

const storagePage = (of: Partial<SeenStorage> = {}, fields: Parameters<typeof viewer>[0] = {}) =>
  renderStorage(storageModel(seen(of), viewer(fields)));

const pages: readonly (readonly [string, string])[] = [
  ['the list of all', renderOverview(overviewModel(scene(), viewer()))],
  ['an empty list', renderOverview(overviewModel([], viewer()))],
  ...scene().map(
    (one) => [`the storage ${one.storage.name}`, renderStorage(storageModel(one, viewer()))] as const,
  ),
  [
    'a storage without a backup',
    storagePage({
      status: { kind: 'read', status: status({ sets: [], newest: undefined, runs: [], locks: [] }) },
    }),
  ],
  ['a storage that cannot be read', storagePage({ status: { kind: 'failed', message: 'no', hint: 'try' } })],
  ['a storage with 500 sets', storagePage({ status: { kind: 'read', status: status({ sets: sets(500) }) } })],
  [
    'an error',
    renderError({
      status: 409,
      code: 'toolkit.busy',
      message: 'Busy.',
      hint: 'Wait.',
      back: { href: '/', label: 'Back' },
    }),
  ],
];

describe.each(pages)('the page of %s', (_, html) => {
  const tags = tagsOf(html);
  const all = (name: string) => tags.filter((tag) => tag.name === name);
  const values = (name: string) =>
    tags.flatMap(({ attributes }) => (attributes.has(name) ? [attributes.get(name)!] : []));

  test('is a document with one title, one main part and one first heading', () => {
    expect(html.startsWith('<!doctype html>\n<html lang="en">')).toBe(true);
    for (const name of ['main', 'h1', 'footer']) expect(all(name), name).toHaveLength(1);
    expect(html.slice(0, html.indexOf('</head>')).match(/<title>[^<]+<\/title>/g)).toHaveLength(1);
  });

  test('has headings in order', () => {
    const levels = tags.filter(({ name }) => /^h[1-6]$/.test(name)).map(({ name }) => Number(name[1]));
    for (const [index, level] of levels.entries()) {
      const before = levels[index - 1] ?? 0;
      expect(level).toBeLessThanOrEqual(before + 1);
    }
  });

  test('has each id once, and points to none that is not there', () => {
    const ids = values('id');
    expect(new Set(ids).size).toBe(ids.length);
    for (const name of ['aria-labelledby', 'aria-describedby'])
      for (const id of values(name)) expect(ids).toContain(id);
  });

  test('has no style or script in it: the policy of the server allows none', () => {
    expect(all('style')).toEqual([]);
    expect(all('script').filter(({ attributes }) => !attributes.has('src'))).toEqual([]);
    const names = tags.flatMap(({ attributes }) => [...attributes.keys()]);
    expect(names.filter((name) => name === 'style' || name.startsWith('on'))).toEqual([]);
  });

  test('asks no other host for anything', () => {
    for (const address of [...values('src'), ...values('href'), ...values('action')])
      expect(address).toMatch(/^(\/(?!\/)|#)/);
  });

  test('has tables with captions and scopes, and pictures and fields with names', () => {
    expect(all('caption')).toHaveLength(all('table').length);
    for (const { attributes } of all('th')) expect(attributes.get('scope')).toMatch(/^(col|row)$/);
    for (const { attributes } of all('svg').filter(({ attributes: of }) => of.get('role') === 'img'))
      expect(attributes.get('aria-label')).not.toBe('');
    for (const { attributes } of [...all('select'), ...all('progress')])
      expect(attributes.get('aria-label') ?? '').not.toBe('');
  });

  test('sends no form without its token', () => {
    const hidden = all('input').filter(({ attributes }) => attributes.get('name') === 'csrf');
    expect(hidden).toHaveLength(all('form').length);
    for (const { attributes } of all('form')) expect(attributes.get('method')).toBe('post');
  });
});

test('names and messages are text, whatever is in them', () => {
  const full = status({
    problems: [BAD],
    locks: [{ what: BAD, path: BAD, state: 'held', holder: BAD }],
    verdict: { level: 'attention', headline: BAD, reasons: [BAD] },
    sets: sets(3).map((set) => ({ ...set, whole: false, problem: BAD })),
    runs: [{ kind: 'backup', startedMs: 0, finishedMs: 1, result: 'failed', message: BAD }],
  });
  const of: SeenStorage = {
    storage: storage({ name: BAD }),
    status: { kind: 'read', status: full },
    snapshotCode: { kind: 'known', code: BAD },
    held: undefined,
    jobs: [
      job({ id: BAD, by: BAD, progress: { phase: BAD, done: 1, unit: 'files' } }),
      job({
        id: `${BAD}2`,
        state: 'failed',
        finishedMs: 1,
        error: { code: 'fs.failed', message: BAD, hint: BAD },
        warnings: [BAD],
        lines: [BAD, BAD],
      }),
    ],
    busyWith: undefined,
  };
  const who = viewer({ title: BAD, csrf: BAD, identity: { user: BAD, roles: new Set(['admin']) } });
  const error = { status: 500, code: BAD, message: BAD, hint: BAD, back: { href: '/', label: BAD } };
  for (const html of [
    renderOverview(overviewModel([of], who)),
    renderStorage(storageModel(of, who)),
    renderError(error),
  ]) {
    expect(html).not.toContain('<script>');
    expect(html).not.toContain('<img');
    // Every `<` is one of a tag that was meant: the text adds none.
    expect(() => tagsOf(html)).not.toThrow();
    expect(html).toContain('&lt;script>');
  }
});

test('says nothing of where things lie on the disk of the server', () => {
  for (const one of scene()) {
    const html = renderStorage(storageModel(one, viewer()));
    expect(html).not.toMatch(/\/(srv|backup|etc)\//);
  }
  expect(renderOverview(overviewModel(scene(), viewer()))).not.toMatch(/\/(srv|backup|etc)\//);
});

test('shows no path, blanks or not, wherever one is told', () => {
  const place = '/srv/my zope/var';
  const told = `cannot read ${place}/x.fsz and /backup/y.fsz`;
  const where = storage({
    source: { kind: 'filestorage', dataFs: `${place}/filestorage/Data.fs` },
    backups: { kind: 'site', configFile: '/srv/my zope/holdfast.toml', storage: 'main' },
  });
  const full = status({
    problems: [told],
    locks: [{ what: 'storage', path: `${place}/a.lock`, state: 'held', holder: told }],
    verdict: { level: 'attention', headline: told, reasons: [told] },
    sets: sets(3).map((set) => ({ ...set, whole: false, problem: told })),
    runs: [{ kind: 'backup', startedMs: 0, finishedMs: 1, result: 'failed', message: told }],
  });
  const error = { code: 'fs.failed', message: told, hint: told };
  const ended = { state: 'failed', finishedMs: 1, error, warnings: [told], lines: [told, told] } as const;
  const one = seen({ storage: where, status: { kind: 'read', status: full }, jobs: [job(ended)] });
  const who = viewer({ paths: pathFilter([where]) });
  for (const html of [renderOverview(overviewModel([one], who)), renderStorage(storageModel(one, who))]) {
    expect(html).toContain('cannot read x.fsz and y.fsz');
    expect(html).not.toMatch(/\/srv|my zope|zope\/var|\/backup/);
  }
});

test('while a job of another storage of the site runs, no button says that one could start', () => {
  const busyWith = job({ storage: 'catalog' });
  const html = storagePage({ busyWith });
  expect(html).toContain('when that of catalog, which is backed up together with it, has ended');
  expect(html).not.toContain('id="start-');
  expect(html).toContain('refresh" content="5;url=/main"');
});

describe('a button is there for those who may', () => {
  const idsFor = (role: Role, of: Partial<SeenStorage>) =>
    tagsOf(storagePage(of, { identity: { user: 'bob', roles: new Set([role]) } }))
      .filter(({ name }) => name === 'button')
      .map((tag: Tag) => tag.attributes.get('id'));
  const quiet = {};
  const starts = ['start-backup', 'start-fullbackup', 'start-verify', 'start-prune'];
  const running = { jobs: [job()] };

  test.each([
    ['read', quiet, []],
    ['snapshot', quiet, ['enter-snapshot']],
    ['backup', quiet, starts],
    ['admin', quiet, [...starts, 'enter-snapshot']],
    ['read', running, []],
    ['backup', running, ['cancel-20261121T115830-7c1e']],
  ] as const)('%s', (role, of, buttons) => {
    expect(idsFor(role, of)).toEqual(buttons);
  });

  test('archives have no clean-up, and their check no level', () => {
    const of = { storage: storage({ backups: { kind: 'archives', directory: '/a', prefix: 'x' } }) };
    expect(idsFor('backup', of)).toEqual(['start-backup', 'start-fullbackup', 'start-verify']);
    expect(storagePage(of)).not.toContain('<select');
  });

  test('the way out of a snapshot carries its code', () => {
    const held = {
      storage: 'main',
      code: 'user/nightly',
      by: 'x',
      enteredMs: 0,
      renewedMs: 0,
      untilMs: 1,
      frozen: undefined,
    };
    expect(idsFor('snapshot', { held })).toEqual(['leave-snapshot']);
    expect(storagePage({ held })).toContain('name="code" value="user/nightly"');
  });
});

test('without a script, a page with a running job is read again by itself; one without is not', () => {
  // With an address: a browser that was sent to `#job-…` takes its own address for a place in the page that it has.
  const again = (href: string) => `<noscript><meta http-equiv="refresh" content="5;url=${href}"/></noscript>`;
  expect(storagePage({ jobs: [job()] })).toContain(again('/main'));
  expect(storagePage({ storage: storage({ name: 'a b' }), jobs: [job()] })).toContain(again('/a%20b'));
  expect(renderOverview(overviewModel(scene(), viewer()))).toContain(again('/'));
  expect(storagePage()).not.toContain('refresh" content');
});

test('a job that was interrupted says so in a sentence', () => {
  const ended = job({ state: 'interrupted', finishedMs: 1, progress: undefined });
  expect(storagePage({ jobs: [ended] })).toContain('The server ended before it did');
});

test('whether a backup was checked stands beside its time, in the head of the table and in its rows', () => {
  const html = storagePage();
  const table = html.slice(html.indexOf('<table id="sets">'));
  const heads = [...table.slice(0, table.indexOf('</thead>')).matchAll(/<th [^>]*>([^<]*)</g)];
  expect(heads.slice(0, 3).map(([, words]) => words)).toEqual(['Made', 'Checked', 'Kind']);
  const row = table.slice(table.indexOf('<tbody>'), table.indexOf('</tr>', table.indexOf('<tbody>')));
  const cells = row.split(/<t[dh][ >]/).slice(1);
  expect(cells).toHaveLength(heads.length);
  expect(cells[1]).toContain('Sound, deep, 9 hours ago');
});
