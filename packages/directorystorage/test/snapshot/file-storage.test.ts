import {
  chmod,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FileSystem, nodeFileSystem } from '@holdfast/durable-fs';
import type { HoldfastError } from '@holdfast/errors';
import { scanFile, tidToHex } from '@holdfast/filestorage';
import { appendTransactions, FixedClock, sampleFile, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { freezeFileStorage, frozenBytes, joinSurroundingFile, surroundingFile } from '../../src/index.js';
import { makeEngine, writeConf } from './support/zope.js';

async function makeStorage(): Promise<string> {
  const path = join(await temporaryDirectory(), 'Data.fs');
  await sampleFile(path);
  return path;
}

async function frozen(file: { readonly path: string; readonly size: number }): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of frozenBytes(nodeFileSystem, file)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const leftovers = async (dataFs: string) =>
  (await readdir(dirname(dataFs))).filter((name) => name.startsWith('.holdfast-frozen-'));

describe('a frozen Data.fs', () => {
  test.each([false, true])(
    'is its bytes up to the last whole transaction, whatever comes later (copy: %s)',
    async (copy) => {
      const dataFs = await makeStorage();
      const before = await readFile(dataFs);
      const session = await freezeFileStorage(makeEngine().engine, { dataFs, copy });
      expect(session.size).toBe(before.length);
      expect(session.method).toBe(copy ? 'copy' : session.method);
      await appendTransactions(nodeFileSystem, dataFs, { transactions: 3 });
      expect((await readFile(dataFs)).length).toBeGreaterThan(before.length);
      expect(await frozen(session)).toEqual(before);
      await session.release();
      expect(await leftovers(dataFs)).toEqual([]);
    },
  );

  test('survives a pack, which puts another file in its place', async () => {
    const dataFs = await makeStorage();
    const before = await readFile(dataFs);
    const session = await freezeFileStorage(makeEngine().engine, { dataFs });
    await writeFile(`${dataFs}.pack`, 'packed');
    await rename(dataFs, `${dataFs}.old`);
    await rename(`${dataFs}.pack`, dataFs);
    expect(await frozen(session)).toEqual(before);
    await session.release();
  });

  test('ends before a transaction that is not finished', async () => {
    const dataFs = await makeStorage();
    const before = await readFile(dataFs);
    await appendTransactions(nodeFileSystem, dataFs, { transactions: 1 });
    const after = await readFile(dataFs);
    for (const torn of [after.length - 1, after.length - 9, before.length + 30, before.length + 3]) {
      await writeFile(dataFs, after.subarray(0, torn));
      const session = await freezeFileStorage(makeEngine({ clock: new FixedClock() }).engine, { dataFs });
      expect(session.size).toBe(before.length);
      await session.release();
    }
    const voted = Buffer.from(after);
    voted.write('c', before.length + 16, 'latin1');
    await writeFile(dataFs, voted);
    const session = await freezeFileStorage(makeEngine().engine, { dataFs });
    expect(session.size).toBe(before.length);
    await session.release();
  });

  test('is not led astray by a Data.fs within a record', async () => {
    const dataFs = await makeStorage();
    const inner = await readFile(dataFs);
    const whole = Buffer.concat([inner, inner.subarray(4)]);
    await writeFile(dataFs, whole.subarray(0, -1));
    const session = await freezeFileStorage(makeEngine({ clock: new FixedClock() }).engine, { dataFs }).catch(
      (error: unknown) => error,
    );
    if (session instanceof Error) expect(session).toMatchObject({ code: 'filestorage.damaged' });
    else expect((session as { size: number }).size).toBeLessThanOrEqual(inner.length);
  });

  test('of no transaction has no tid', async () => {
    const dataFs = join(await temporaryDirectory(), 'Data.fs');
    for (const content of ['', 'FS30']) {
      await writeFile(dataFs, content);
      const session = await freezeFileStorage(makeEngine().engine, { dataFs });
      expect(session).toMatchObject({ size: content.length, tid: '0000000000000000' });
      expect((await frozen(session)).toString()).toBe(content);
      await session.release();
    }
  });

  test('gives path, size, tid and method to a program', async () => {
    const dataFs = await makeStorage();
    const session = await freezeFileStorage(makeEngine().engine, { dataFs });
    const env = session.environment();
    expect(env).toEqual({
      SNAPSHOT_FILE: session.path,
      SNAPSHOT_SOURCE: dataFs,
      SNAPSHOT_SIZE: String((await readFile(dataFs)).length),
      SNAPSHOT_TID: expect.stringMatching(/^[0-9a-f]{16}$/),
      SNAPSHOT_METHOD: session.method,
      SNAPSHOT_TIMESTAMP: expect.stringMatching(/^\d{10}$/),
    });
    expect(await frozen(surroundingFile(env)!)).toEqual(await readFile(dataFs));
    expect(await joinSurroundingFile(nodeFileSystem, env, dataFs)).toMatchObject({ path: session.path });
    await expect(joinSurroundingFile(nodeFileSystem, env, await makeStorage())).rejects.toMatchObject({
      code: 'snapshot.environment',
    });
    await session.release();
  });

  test('behind a link is that of its target, and lies beside that', async () => {
    const dataFs = await makeStorage();
    const path = join(await temporaryDirectory(), 'Data.fs');
    await symlink(dataFs, path);
    const session = await freezeFileStorage(makeEngine().engine, { dataFs: path });
    expect(dirname(dirname(session.path))).toBe(dirname(dataFs));
    await session.release();
  });
});

describe('what can go wrong with a frozen Data.fs', () => {
  test('it is overwritten in place: the end is loud', async () => {
    for (const [spoil, why] of [
      [(path: string) => truncate(path, 100), 'it was overwritten in place'],
      [
        async (path: string) => writeFile(path, Buffer.alloc((await stat(path)).size)),
        'overwritten in place',
      ],
      [(path: string) => rm(path), 'the frozen file was removed'],
    ] as const) {
      const dataFs = await makeStorage();
      const session = await freezeFileStorage(makeEngine().engine, { dataFs });
      await spoil(session.path);
      await expect(session.release()).rejects.toMatchObject({
        code: 'snapshot.lost',
        message: expect.stringContaining(why),
        hint: expect.stringContaining('find out what wrote into the Data.fs'),
      });
      expect(await leftovers(dataFs)).toEqual([]);
    }
  });

  test('its directory is left by a killed process: the next one removes it, but none that is in use', async () => {
    const dataFs = await makeStorage();
    const directory = dirname(dataFs);
    const inUse = await freezeFileStorage(makeEngine().engine, { dataFs });
    for (const name of [
      '.holdfast-frozen-000000000001',
      '.holdfast-frozen-000000000002',
      '.holdfast-frozen-x',
    ]) {
      await mkdir(join(directory, name));
    }
    await writeFile(join(directory, '.holdfast-frozen-000000000001/lock'), '');
    await link(dataFs, join(directory, '.holdfast-frozen-000000000001/Data.fs'));
    const next = await freezeFileStorage(makeEngine().engine, { dataFs });
    await next.release();
    expect(await frozen(inUse)).toEqual(await readFile(dataFs));
    expect(await leftovers(dataFs)).toHaveLength(2);
    await inUse.release();
    expect(await leftovers(dataFs)).toEqual(['.holdfast-frozen-x']);
  });

  test('there is none: the error says so, and names what a pack left', async () => {
    const dataFs = join(await temporaryDirectory(), 'Data.fs');
    const attempt = () => freezeFileStorage(makeEngine({ clock: new FixedClock() }).engine, { dataFs });
    await expect(attempt()).rejects.toMatchObject({ code: 'source.missing' });
    await writeFile(`${dataFs}.old`, '');
    await expect(attempt()).rejects.toThrow('Data.fs.old: a pack was stopped');
  });

  test('a pack swaps it in that moment: it is waited for', async () => {
    const dataFs = await makeStorage();
    await rename(dataFs, `${dataFs}.old`);
    setTimeout(() => void rename(`${dataFs}.old`, dataFs), 100);
    await (await freezeFileStorage(makeEngine().engine, { dataFs })).release();
  });

  test('a pack puts another file in its place just before it is linked: that one is frozen', async () => {
    const dataFs = await makeStorage();
    await sampleFile(`${dataFs}.pack`, { transactions: 2 });
    const packed = await readFile(`${dataFs}.pack`);
    let swaps = 0;
    const fs: FileSystem = {
      ...nodeFileSystem,
      link: async (from, to) => {
        if (swaps === 0) await rename(`${dataFs}.pack`, dataFs);
        swaps += 1;
        return nodeFileSystem.link(from, to);
      },
    };
    const session = await freezeFileStorage(makeEngine({ fs }).engine, { dataFs });
    if (session.method === 'link') expect(swaps).toBe(2);
    else await rename(`${dataFs}.pack`, dataFs);
    expect((await frozen(session)).equals(packed)).toBe(session.method === 'link');
    await session.release();
  });

  test('it is something else: nothing is left behind', async () => {
    const dataFs = join(await temporaryDirectory(), 'Data.fs');
    await writeFile(dataFs, 'not a storage');
    const freezing = freezeFileStorage(makeEngine().engine, { dataFs });
    await expect(freezing).rejects.toMatchObject({ code: 'filestorage.bad-magic' });
    expect(await leftovers(dataFs)).toEqual([]);
  });

  test('no method of its snapshot.conf works, and direct access is inhibited: it is not frozen', async () => {
    const dataFs = await makeStorage();
    const conf = join(dirname(dataFs), 'snapshot.conf');
    await writeFile(conf, 'nodirect\n');
    const freezing = freezeFileStorage(makeEngine().engine, { dataFs, conf });
    await expect(freezing).rejects.toMatchObject({
      code: 'snapshot.not-locked',
      message: `Could not freeze ${dataFs}: direct: snapshot.conf says nodirect`,
      hint: expect.stringContaining('Name a server'),
    });
    await writeFile(conf, 'http http://127.0.0.1:1/x access\n');
    await (await freezeFileStorage(makeEngine().engine, { dataFs, conf })).release();
  });

  test('the server that must enter does not run: the error names it, and tells to start it', async () => {
    const dataFs = await makeStorage();
    await writeConf(dirname(dataFs), ['http http://127.0.0.1:1/x access', 'nodirect']);
    const conf = join(dirname(dataFs), 'config/snapshot.conf');
    const freezing = freezeFileStorage(makeEngine().engine, { dataFs, conf });
    const error = await freezing.then(
      () => expect.unreachable('it was frozen'),
      (thrown: unknown) => thrown as HoldfastError,
    );
    expect(error.message).toBe(
      `Could not freeze ${dataFs}: http http://127.0.0.1:1/x: connection refused; direct: snapshot.conf says nodirect`,
    );
    expect(error.hint).toMatch(/^Start the server at http:\/\/127.0.0.1:1\/x, /);
    await chmod(join(dirname(dataFs), 'config/access'), 0o602);
    await expect(freezeFileStorage(makeEngine().engine, { dataFs, conf })).rejects.toMatchObject({
      hint: 'Mend the access file that snapshot.conf names.',
    });
  });

  test('the frozen file is gone before it is read', async () => {
    const path = join(await temporaryDirectory(), 'Data.fs');
    await expect(frozen({ path, size: 1 })).rejects.toMatchObject({ code: 'snapshot.lost' });
    await writeFile(path, 'x');
    await expect(frozen({ path, size: 2 })).rejects.toMatchObject({ code: 'snapshot.lost' });
    expect(await frozen({ path, size: 0 })).toEqual(Buffer.alloc(0));
    await rm(path);
  });
});

test('the tid is that of the last transaction, also with a writer at work', async () => {
  const dataFs = await makeStorage();
  const ends: string[] = [];
  const writer = (async () => {
    for (let round = 0; round < 20; round += 1)
      await appendTransactions(nodeFileSystem, dataFs, { transactions: 1 });
  })();
  for (let round = 0; round < 10; round += 1) {
    const session = await freezeFileStorage(makeEngine().engine, { dataFs });
    const bytes = await frozen(session);
    const copy = join(await temporaryDirectory(), 'Data.fs');
    await writeFile(copy, bytes);
    const file = await nodeFileSystem.openRead(copy);
    const { end, lastTid, tail } = await scanFile(file);
    await file.close();
    expect({ end, tid: tidToHex(lastTid!), tail: tail.kind }).toEqual({
      end: session.size,
      tid: session.tid,
      tail: 'none',
    });
    ends.push(session.tid);
    await session.release();
  }
  await writer;
  expect([...ends].sort()).toEqual(ends);
});
