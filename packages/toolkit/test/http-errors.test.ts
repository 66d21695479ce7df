import { HoldfastError } from '@holdfast/errors';
import fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import { publicError, sendError, statusOf } from '../src/http-errors.js';
import type { ToolkitStorage } from '../src/storages.js';
import { pathFilter, rootsOf, withoutPaths, withoutPathsIn } from '../src/without-paths.js';

/** What a client gets for an error that a route throws. */
async function answer(error: unknown, bodyLimit = 1000, storages: readonly ToolkitStorage[] = []) {
  const app = fastify({ bodyLimit });
  app.setErrorHandler((thrown, _, reply) => sendError(reply, thrown, pathFilter(storages)));
  app.get('/', async () => {
    throw error;
  });
  app.post('/', async () => 'fine');
  return app;
}

describe('the status of an error', () => {
  test.each([
    ['toolkit.request', 400],
    ['toolkit.denied', 403],
    ['toolkit.no-storage', 404],
    ['toolkit.no-backups', 404],
    ['toolkit.no-job', 404],
    ['sets.not-found', 404],
    ['toolkit.in-snapshot', 409],
    ['toolkit.busy', 409],
    ['toolkit.wrong-code', 409],
    ['toolkit.job-running', 409],
    ['lock.busy', 409],
    ['fs.no-space', 500],
    ['internal', 500],
  ] as const)('%s: %i', (code, status) => {
    expect(statusOf(new HoldfastError(code, 'no'))).toBe(status);
  });

  test('the error may say it, but no other than a few', () => {
    const saying = (status: unknown) => new HoldfastError('toolkit.denied', 'no', { details: { status } });
    expect([401, 429, 503, 200, 302, '401'].map((status) => statusOf(saying(status)))).toEqual([
      401, 429, 503, 403, 403, 403,
    ]);
  });

  test.each([[undefined], ['text'], [new Error('a')], [Object.assign(new Error('a'), { statusCode: 200 })]])(
    'what nobody expected: 500',
    (error) => {
      expect(statusOf(error)).toBe(500);
      expect(publicError(error, pathFilter([]))).toBeUndefined();
    },
  );
});

describe('the answer', () => {
  test('says what, and what to do, and no path', async () => {
    const path = '/srv/my zope/var/Data.fs';
    const app = await answer(new HoldfastError('fs.io', `cannot read ${path}`, { path }));
    const { statusCode, body, headers } = await app.inject('/');
    expect({ statusCode, type: headers['content-type'] }).toEqual({
      statusCode: 500,
      type: 'application/json; charset=utf-8',
    });
    expect(JSON.parse(body)).toEqual({
      error: { code: 'fs.io', message: 'cannot read Data.fs', hint: expect.any(String) },
    });
  });

  test('knows where the storages lie: a path with a blank does not get through', async () => {
    const storage: ToolkitStorage = {
      name: 'main',
      source: { kind: 'filestorage', dataFs: '/srv/my zope/var/Data.fs' },
      lifeSeconds: 60,
      backups: undefined,
    };
    const error = new HoldfastError('fs.io', 'cannot read /srv/my zope/var/Data.fs.index', {
      hint: 'look at /srv/my zope/var',
    });
    const { body } = await (await answer(error, 1000, [storage])).inject('/');
    expect(JSON.parse(body).error).toMatchObject({
      message: 'cannot read Data.fs.index',
      hint: 'look at var',
    });
  });

  test.each([
    [
      'Give the path of a DirectoryStorage directory or of a Data.fs with --storage.',
      'Whoever looks after the server finds more in its log.',
    ],
    [
      'Give this user read access to the file, or name another one with --snapshot-conf.',
      'Give this user read access to the file.',
    ],
    ['Stop Zope first. Or run again with --force.', 'Stop Zope first.'],
    ['Look at it; `holdfast init --force` replaces it.', 'Look at it; `holdfast init --force` replaces it.'],
  ])('gives no advice for a command line that nobody wrote: %s', async (hint, told) => {
    const app = await answer(new HoldfastError('source.missing', 'there is no storage', { hint }));
    expect((await app.inject('/')).json().error.hint).toBe(told);
  });

  test('of a mistake is the id of the request alone', async () => {
    const app = await answer(new TypeError('/srv/secret is not a function'));
    const { statusCode, body } = await app.inject('/');
    expect(statusCode).toBe(500);
    expect(JSON.parse(body).error).toMatchObject({ code: 'internal', requestId: expect.any(String) });
    expect(body).not.toMatch(/secret|function|at /);
  });

  test("of fastify's own errors keeps their status", async () => {
    const app = await answer(undefined, 10);
    const large = await app.inject({ method: 'POST', url: '/', payload: { text: 'longer than ten' } });
    expect([large.statusCode, large.json().error.code]).toEqual([413, 'toolkit.request']);
    const media = await app.inject({
      method: 'POST',
      url: '/',
      headers: { 'content-type': 'a/b' },
      payload: 'x',
    });
    expect([media.statusCode, media.json().error.code]).toEqual([415, 'toolkit.request']);
  });
});

describe('a text without paths', () => {
  test.each([
    ['Made a full backup of /srv/a/Data.fs: it grew.', 'Made a full backup of Data.fs: it grew.'],
    ["there is no '/srv/a/b' (/srv/c), /d", "there is no 'b' (c), d"],
    [
      'see https://example.org/a/b and 3/4 of var/backups',
      'see https://example.org/a/b and 3/4 of var/backups',
    ],
    ['GET /api/v1/storages', 'GET storages'],
    ['a / b', 'a / b'],
    ['/srv/a/', ''],
  ])('%s', (text, without) => {
    expect(withoutPaths(text)).toBe(without);
  });

  test.each([
    ['cannot read /srv/my zope/var/Data.fs: no', 'cannot read Data.fs: no'],
    ["'/srv/my zope' (/srv/my zope/), /srv/my zope.", "'my zope' (my zope), my zope."],
    ['/srv/a, b (old)/repo/x.fsz and /srv/a, b (old)', 'x.fsz and a, b (old)'],
    ["--config=/srv/it's mine/s.toml:3: bad", '--config=s.toml:3: bad'],
    ['/srv/my zope2/var/Data.fs', 'Data.fs'],
    ['https://example.org/srv/my zope', 'https://example.org/srv/my zope'],
    ['/srv/my zope/deep inside/x', 'deep inside/x'],
    ['/other/place', 'place'],
  ])('where the roots are known: %s', (text, without) => {
    const roots = ['/', '', '/srv/my zope/', "/srv/it's mine", '/srv', '/srv/a, b (old)', 'x'];
    expect(withoutPaths(text, roots)).toBe(without);
    expect(withoutPathsIn({ a: [`at ${text}`] }, roots)).toEqual({ a: [`at ${without}`] });
  });

  test('the roots are where storages and backups lie, and the directories around them', () => {
    const storages: ToolkitStorage[] = [
      {
        name: 'a',
        source: { kind: 'filestorage', dataFs: '/srv/my zope/Data.fs' },
        lifeSeconds: 60,
        backups: { kind: 'site', configFile: '/etc/my site/s.toml', storage: 'a' },
      },
      {
        name: 'b',
        source: { kind: 'directorystorage', directory: '/srv/my zope/ds' },
        lifeSeconds: 60,
        backups: { kind: 'archives', directory: '/backup/b', prefix: 'b' },
      },
    ];
    const roots = rootsOf(storages);
    for (const path of [
      '/srv/my zope',
      '/srv/my zope/Data.fs',
      '/srv/my zope/ds',
      '/etc/my site',
      '/backup/b',
    ])
      expect(roots).toContain(path);
    expect(withoutPaths('/srv/my zope/.holdfast-frozen-1/Data.fs, /etc/my site/s.toml', roots)).toBe(
      'Data.fs, s.toml',
    );
  });

  test('in data, blanks and all', () => {
    expect(withoutPathsIn({ a: ['/srv/my site/Data.fs', 1, null], b: { c: 'at /x/y' } })).toEqual({
      a: ['Data.fs', 1, null],
      b: { c: 'at y' },
    });
  });
});
