import { HoldfastError } from '@holdfast/errors';
import { describe, expect, test } from 'vitest';
import type { ToolkitStorage } from '../src/storages.js';
import { FAULT } from '../src/xml-rpc/faults.js';
import type { Value } from '../src/xml-rpc/value.js';
import { storageOf } from './support/keeper.js';
import { answerOf } from './support/xml-rpc-answer.js';
import { COLLEAGUE, failingKeeper, OPERATOR, READER, twoStorages, xmlRpcApp } from './support/xml-rpc-app.js';
import { callBody } from './support/xml-rpc-bodies.js';

const ds: ToolkitStorage = storageOf('ds', { kind: 'directorystorage', directory: '/srv/ds' });

async function server(storages?: readonly ToolkitStorage[], error?: unknown) {
  const parts = await xmlRpcApp({
    storages: storages ?? (await twoStorages()),
    ...(error === undefined ? {} : { snapshots: failingKeeper(error) }),
  });
  const call = async (url: string, method: string, params: readonly Value[] = [], user = OPERATOR) => {
    const response = await parts.app.inject({
      method: 'POST',
      url,
      payload: callBody(method, params),
      headers: { 'content-type': 'text/xml', authorization: user },
    });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/xml; charset=utf-8');
    return answerOf(response.body);
  };
  return { ...parts, call };
}

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

describe('a snapshot of a FileStorage', () => {
  test('is entered, asked for, renewed and left', async () => {
    const { call, changed } = await server();
    expect(await call('/main', 'currentSnapshotCode')).toBe('');
    const entered = await call('/main', 'enterSnapshot', ['host-1']);
    expect(entered).toEqual({
      code: 'host-1',
      path: expect.stringMatching(/^\/.*holdfast-frozen-/),
      size: expect.stringMatching(/^[1-9]\d*$/),
      tid: expect.stringMatching(/^[0-9a-f]{16}$/),
      lifeSeconds: 60,
      until: expect.stringMatching(ISO),
    });
    expect(await call('/main', 'currentSnapshotCode')).toBe('user/host-1');
    const renewed = (await call('/main', 'renewSnapshot', ['host-1'])) as { until: string };
    expect(renewed).toEqual({ ...(entered as object), until: expect.stringMatching(ISO) });
    expect(renewed.until >= (entered as { until: string }).until).toBe(true);
    expect(await call('/main', 'leaveSnapshot', ['host-1'])).toBe(true);
    expect(await call('/main', 'currentSnapshotCode')).toBe('');
    expect(changed).toEqual(['main', 'main']);
  });

  test('tells where it lies to the user who entered alone', async () => {
    const { call } = await server();
    const { until, ...entered } = (await call('/main', 'enterSnapshot', ['c'])) as Record<string, unknown>;
    const others = {
      by: 'operator',
      entered: expect.stringMatching(ISO),
      renewed: expect.stringMatching(ISO),
      until,
    };
    expect(await call('/main', 'snapshotDetails')).toEqual({ ...entered, ...others });
    const { path: _, ...public_ } = entered;
    expect(await call('/main', 'snapshotDetails', [], READER)).toEqual({ ...public_, ...others });
    expect(await call('/main', 'snapshotDetails', [], COLLEAGUE)).toEqual({ ...public_, ...others });
    // Whoever knows the code may renew.
    const renewed = { ...public_, until: expect.stringMatching(ISO) };
    expect(await call('/main', 'renewSnapshot', ['c'], COLLEAGUE)).toEqual(renewed);
    expect(await call('/main', 'renewSnapshot', ['c'])).toEqual({ ...renewed, path: entered.path });
  });
});

describe('a snapshot of a DirectoryStorage', () => {
  test('is entered without a code as toolkit, and told the directory', async () => {
    const storages = await twoStorages();
    const { call } = await server(storages);
    const directory = (storages[1]!.source as { directory: string }).directory;
    expect(await call('/ds', 'isDirectorystorage')).toBe(1);
    expect(await call('/main', 'isDirectorystorage')).toBe(0);
    expect(await call('/ds', 'enterSnapshot')).toMatchObject({ code: 'toolkit', directory, lifeSeconds: 60 });
    expect(await call('/ds', 'currentSnapshotCode')).toBe('user/toolkit');
    expect(await call('/ds', 'renewSnapshot', ['toolkit'], COLLEAGUE)).not.toHaveProperty('directory');
    expect(await call('/ds', 'leaveSnapshot', [null])).toBe(true);
    await call('/ds', 'enterSnapshot', ['']);
    expect(await call('/ds', 'leaveSnapshot', ['toolkit'])).toBe(true);
  });
});

describe('faults', () => {
  test('as the original: enter while in a snapshot, leave with another code, leave outside of one', async () => {
    const { call } = await server();
    expect(await call('/main', 'leaveSnapshot', ['a'])).toMatchObject({ faultCode: FAULT.notInSnapshot });
    await call('/main', 'enterSnapshot', ['host /srv/a']);
    const inUse = {
      faultCode: FAULT.inSnapshot,
      faultString: expect.stringMatching(/already in use by user\/host \/srv\/a\./),
    };
    expect(await call('/main', 'enterSnapshot', ['b'])).toMatchObject(inUse);
    expect(await call('/main', 'enterSnapshot', ['host /srv/a'])).toMatchObject(inUse);
    for (const method of ['leaveSnapshot', 'renewSnapshot'])
      expect(await call('/main', method, ['b'])).toMatchObject({ faultCode: FAULT.wrongCode });
    expect(await call('/main', 'currentSnapshotCode')).toBe('user/host /srv/a');
    expect(await call('/main', 'leaveSnapshot', ['host /srv/a'])).toBe(true);
    expect(await call('/main', 'renewSnapshot', ['b'])).toMatchObject({ faultCode: FAULT.notInSnapshot });
    expect(await call('/main', 'snapshotDetails')).toMatchObject({ faultCode: FAULT.notInSnapshot });
  });

  test.each<[string, Value[]]>([
    ['enterSnapshot', [1]],
    ['enterSnapshot', ['a', 'b']],
    ['enterSnapshot', ['a\nb']],
    ['enterSnapshot', ['a\u202eb']],
    ['enterSnapshot', ['a'.repeat(201)]],
    ['enterSnapshot', [['a']]],
    ['enterSnapshot', [new Map([['code', 'a']])]],
    ['renewSnapshot', []],
    ['renewSnapshot', ['']],
    ['renewSnapshot', [null]],
    ['currentSnapshotCode', ['a']],
    ['isDirectorystorage', [true]],
    ['snapshotDetails', [new Map()]],
    ['system.listMethods', [1]],
    ['system.methodHelp', []],
    ['system.methodHelp', [1]],
    ['system.multicall', []],
    ['system.multicall', ['x']],
    ['system.multicall', [Array.from({ length: 101 }, () => new Map())]],
  ])('wrong parameters: %s %j', async (method, params) => {
    const { call, keeper } = await server();
    expect(await call('/main', method, params)).toMatchObject({
      faultCode: FAULT.badParameters,
      faultString: expect.stringMatching(/^(?:Parameter 1 must|The number of parameters is wrong)/),
    });
    expect(keeper.held('main')).toBeUndefined();
  });

  test('200 characters are a code, an emoji being two of them', async () => {
    const { call } = await server();
    const code = '😀'.repeat(100);
    expect(await call('/main', 'enterSnapshot', [code])).toMatchObject({ code });
    expect(await call('/main', 'leaveSnapshot', [code])).toBe(true);
  });

  test.each(['nothing', '__proto__', 'constructor', 'toString', 'system.shutdown', ' '])(
    'no such method: %j',
    async (method) => {
      const { call } = await server();
      expect(await call('/main', method)).toMatchObject({ faultCode: FAULT.noSuchMethod });
    },
  );

  test('who may only read does not enter, renew or leave', async () => {
    const { call, keeper } = await server();
    for (const method of ['enterSnapshot', 'leaveSnapshot', 'renewSnapshot'])
      expect(await call('/main', method, ['a'], READER)).toMatchObject({ faultCode: FAULT.denied });
    const calls = [
      new Map<string, Value>([
        ['methodName', 'enterSnapshot'],
        ['params', ['a']],
      ]),
    ];
    expect(await call('/main', 'system.multicall', [calls], READER)).toMatchObject([
      { faultCode: FAULT.denied },
    ]);
    expect(keeper.held('main')).toBeUndefined();
    expect(await call('/main', 'currentSnapshotCode', [], READER)).toBe('');
  });

  test('say no path of the server', async () => {
    const error = new HoldfastError('toolkit.busy', '/srv/ds/misc/lock is locked by process 4711', {
      path: '/srv/ds/misc/lock',
    });
    const { call } = await server([ds], error);
    const fault = (await call('/ds', 'enterSnapshot', ['a'])) as { faultCode: number; faultString: string };
    expect(fault.faultCode).toBe(FAULT.busy);
    expect(fault.faultString).toContain('lock is locked by process 4711');
    expect(fault.faultString).not.toContain('/srv');
  });

  test('say of an unexpected error no more than the request', async () => {
    const { call } = await server([ds], new TypeError('secret of /srv/ds'));
    const fault = (await call('/ds', 'enterSnapshot', ['a'])) as { faultCode: number; faultString: string };
    expect(fault.faultCode).toBe(FAULT.internal);
    expect(fault.faultString).not.toMatch(/secret|srv|TypeError/);
  });

  test('other errors are a failure, in their own words', async () => {
    const { call } = await server(
      [ds],
      new HoldfastError('fs.no-space', 'the disk is full: /srv/ds/misc/snapshot'),
    );
    expect(await call('/ds', 'enterSnapshot', ['a'])).toMatchObject({
      faultCode: FAULT.failure,
      faultString: expect.stringContaining('the disk is full: snapshot'),
    });
  });
});

describe('system', () => {
  test('every method that is listed has signatures and help', async () => {
    const { call } = await server();
    const names = (await call('/main', 'system.listMethods')) as string[];
    expect(names).toEqual([...names].sort());
    expect(names).toEqual(
      expect.arrayContaining(['enterSnapshot', 'leaveSnapshot', 'currentSnapshotCode', 'isDirectorystorage']),
    );
    for (const name of names) {
      const signatures = (await call('/main', 'system.methodSignature', [name])) as string[][];
      expect(signatures.length).toBeGreaterThan(0);
      expect(signatures.flat().every((type) => /^(?:struct|string|boolean|int|array)$/.test(type))).toBe(
        true,
      );
      expect(await call('/main', 'system.methodHelp', [name])).toMatch(/\w{3}/);
    }
    expect(await call('/main', 'system.methodHelp', ['x'])).toMatchObject({ faultCode: FAULT.noSuchMethod });
  });

  test('multicall runs its calls in order, each with its own fault', async () => {
    const { call, keeper } = await server();
    const one = (methodName: string, params: Value = []) =>
      new Map<string, Value>([
        ['methodName', methodName],
        ['params', params],
      ]);
    const calls: Value[] = [
      one('enterSnapshot', ['m']),
      one('enterSnapshot', ['n']),
      one('currentSnapshotCode'),
      one('system.multicall', [[]]),
      one('leaveSnapshot', ['m']),
      one('nothing'),
      one('currentSnapshotCode', 'x'),
      'x',
      new Map([['methodName', 'isDirectorystorage']]),
    ];
    expect(await call('/main', 'system.multicall', [calls])).toMatchObject([
      [{ code: 'm' }],
      { faultCode: FAULT.inSnapshot },
      ['user/m'],
      { faultCode: FAULT.badParameters },
      [true],
      { faultCode: FAULT.noSuchMethod },
      { faultCode: FAULT.badParameters },
      { faultCode: FAULT.badParameters },
      [0],
    ]);
    expect(keeper.held('main')).toBeUndefined();
  });
});
