import { existsSync } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import {
  enterSnapshot,
  freezeFileStorage,
  joinSurrounding,
  leaveStale,
  type SnapshotEngine,
  surroundingFile,
} from '@holdfast/directorystorage';
import { type Clock, nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { HoldfastError } from '@holdfast/errors';
import { appendTransactions, sampleFile, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { makeEngine } from '../../directorystorage/test/snapshot/support/zope.js';
import type { StorageSource } from '../src/storages.js';
import {
  eventually,
  frozenBeside,
  locksOf,
  makeDirectoryStorage,
  makeFileStorage,
  storageOf,
} from './support/keeper.js';
import { xmlRpcApp } from './support/xml-rpc-app.js';

/** A server with one storage, and a snapshot.conf that names it. */
async function serve(source: StorageSource, lifeSeconds = 600) {
  const { app, keeper } = await xmlRpcApp({ storages: [{ ...storageOf('main', source), lifeSeconds }] });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/main`;
  const directory = await temporaryDirectory();
  const conf = join(directory, 'snapshot.conf');
  await writeFile(conf, `http ${url} access\nnodirect\n`);
  await writeFile(join(directory, 'access'), 'operator:op\n', { mode: 0o600 });
  return { app, keeper, conf };
}

const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000));

async function frozenFile(changes: Partial<SnapshotEngine> = {}, lifeSeconds?: number) {
  const dataFs = await makeFileStorage();
  const server = await serve({ kind: 'filestorage', dataFs }, lifeSeconds);
  const { engine, told } = makeEngine(changes);
  return { dataFs, engine, told, ...server };
}

describe('a DirectoryStorage that a toolkit server of Holdfast freezes', () => {
  test('is entered, locked and left, and no one is warned of a wrong server', async () => {
    const directory = await makeDirectoryStorage('crashed-journal-chunky');
    const { conf, keeper } = await serve({ kind: 'directorystorage', directory });
    const { engine, told } = makeEngine();
    const session = await enterSnapshot(engine, { directory, conf });
    expect(keeper.held('main')).toMatchObject({
      by: 'operator',
      code: expect.stringContaining('-holdfast.'),
    });
    expect(await locksOf(directory)).toEqual(['lock', 'sublock']);
    expect(await joinSurrounding(nodeFileSystem, session.environment(), directory)).toMatchObject({
      directory,
    });
    await session.release();
    expect(told.warnings).toEqual([]);
    expect(told.messages.slice(-3)).toEqual([
      'Locked snapshot mode',
      'Unlocked snapshot mode',
      'Left snapshot mode',
    ]);
    expect(keeper.held('main')).toBeUndefined();
    expect(await locksOf(directory)).toEqual([]);
  });

  test('is another one than the storage here: that is said', async () => {
    const { conf } = await serve({ kind: 'directorystorage', directory: await makeDirectoryStorage() });
    const { engine, told } = makeEngine();
    const session = await enterSnapshot(engine, { directory: await makeDirectoryStorage(), conf });
    await session.release();
    expect(told.warnings).toEqual([expect.stringContaining('the wrong Zope server?')]);
  });

  test('is renewed as long as COMMAND runs', async () => {
    const directory = await makeDirectoryStorage();
    const { conf, keeper } = await serve({ kind: 'directorystorage', directory }, 3);
    const session = await enterSnapshot(makeEngine().engine, { directory, conf });
    const { untilMs } = keeper.held('main')!;
    await seconds(4);
    expect(keeper.held('main')!.untilMs).toBeGreaterThan(untilMs);
    await session.release();
    expect(keeper.held('main')).toBeUndefined();
  });

  test('that the server has left is lost: said at once, and a loud end', async () => {
    const directory = await makeDirectoryStorage();
    const { conf, keeper } = await serve({ kind: 'filestorage', dataFs: await makeFileStorage() }, 3);
    const { engine, told } = makeEngine();
    const session = await enterSnapshot(engine, { directory, conf });
    await keeper.leave('main', keeper.held('main')!.code);
    await eventually(() => expect(told.warnings.join('\n')).toContain('the snapshot is lost'));
    await expect(session.release()).rejects.toMatchObject({
      code: 'snapshot.lost',
      message: expect.stringContaining('was not renewed in time, or somebody else left it'),
    });
  });

  test('whose server does not answer for a whole life is lost', async () => {
    const directory = await makeDirectoryStorage();
    const { app, conf } = await serve({ kind: 'directorystorage', directory }, 2);
    const { engine, told } = makeEngine();
    const session = await enterSnapshot(engine, { directory, conf });
    await app.close();
    await eventually(() => expect(told.warnings.join('\n')).toContain('did not answer for the whole life'));
    await expect(session.release()).rejects.toMatchObject({ code: 'snapshot.lost' });
  });
});

describe('a FileStorage that a toolkit server of Holdfast freezes', () => {
  test('is renewed three times in the shortest life that a server takes', async () => {
    const pauses: number[] = [];
    const clock: Clock = {
      ...systemClock,
      sleep: (ms, signal) => {
        pauses.push(ms);
        return systemClock.sleep(ms, signal);
      },
    };
    const { dataFs, engine, conf } = await frozenFile({ clock }, 1);
    await using _session = await freezeFileStorage(engine, { dataFs, conf });
    await eventually(() => expect(pauses).toContain(1000 / 3));
  });

  test('is read from the frozen file of the server', async () => {
    const { dataFs, engine, conf, keeper } = await frozenFile();
    const { size } = await stat(dataFs);
    const session = await freezeFileStorage(engine, { dataFs, conf });
    await appendTransactions(nodeFileSystem, dataFs, { transactions: 1 });
    const { frozen } = keeper.held('main')!;
    expect(surroundingFile(session.environment())).toMatchObject({ ...frozen, source: dataFs, size });
    expect(await frozenBeside(dataFs)).toHaveLength(1);
    await session.release();
    expect(await frozenBeside(dataFs)).toEqual([]);
    expect(keeper.held('main')).toBeUndefined();
  });

  test('is frozen here as well where the file of the server is another one, or a copy is asked for', async () => {
    const other = async (dataFs: string) => {
      const beside = join(dirname(dataFs), 'other.fs');
      await sampleFile(beside, { seed: 7 });
      return beside;
    };
    for (const [choose, copy, warns] of [
      [other, false, true],
      [() => makeFileStorage(), false, true],
      [() => makeFileStorage(), true, true],
      [async (dataFs: string) => dataFs, true, false],
    ] as const) {
      const { dataFs, engine, told, conf, keeper } = await frozenFile();
      const mine = await choose(dataFs);
      const session = await freezeFileStorage(engine, { dataFs: mine, conf, copy });
      expect(session.path).not.toBe(keeper.held('main')!.frozen!.path);
      expect((await readFile(session.path)).subarray(0, session.size)).toEqual(await readFile(mine));
      const warning = expect.stringContaining(`/main entered snapshot mode, but not of ${mine}: `);
      expect(told.warnings).toEqual(warns ? [warning] : []);
      await session.release();
    }
  });

  test('of a server that holds a DirectoryStorage is frozen here, with a warning', async () => {
    const { conf } = await serve({ kind: 'directorystorage', directory: await makeDirectoryStorage() });
    const { engine, told } = makeEngine();
    const dataFs = await makeFileStorage();
    const session = await freezeFileStorage(engine, { dataFs, conf });
    await session.release();
    expect(told.warnings).toEqual([
      expect.stringMatching(
        /but not of \/.*: it froze the DirectoryStorage .*wrong storage in snapshot\.conf\?$/,
      ),
    ]);
  });

  test('that the server sees under another path is frozen here, and nobody is warned', async () => {
    const { dataFs, engine, told, conf } = await frozenFile();
    const fs = {
      ...nodeFileSystem,
      realPath: async (path: string) => {
        if (path.endsWith('/Data.fs') && path !== dataFs)
          throw new HoldfastError('fs.not-found', `${path} is not there`, { path });
        return nodeFileSystem.realPath(path);
      },
    };
    const session = await freezeFileStorage({ ...engine, fs }, { dataFs, conf });
    await session.release();
    expect(told.warnings).toEqual([]);
    expect(told.details.join('\n')).toContain('the file that the server froze is not used');
  });

  test('that was packed in that moment is frozen here', async () => {
    const { dataFs, engine, conf } = await frozenFile({});
    await sampleFile(`${dataFs}.pack`, { transactions: 2 });
    let packed = false;
    const fs = {
      ...nodeFileSystem,
      realPath: async (path: string) => {
        if (path === dataFs && !packed && (await frozenBeside(dataFs)).length > 0) {
          packed = true;
          await rename(`${dataFs}.pack`, dataFs);
        }
        return nodeFileSystem.realPath(path);
      },
    };
    const session = await freezeFileStorage({ ...engine, fs }, { dataFs, conf });
    expect(packed).toBe(true);
    expect(await frozenBeside(dataFs)).toHaveLength(2);
    await session.release();
  });

  test('that the server has left is lost', async () => {
    const { dataFs, engine, told, conf, keeper } = await frozenFile({}, 3);
    const session = await freezeFileStorage(engine, { dataFs, conf });
    await keeper.leave('main', keeper.held('main')!.code);
    expect(existsSync(session.path)).toBe(false);
    await eventually(() => expect(told.warnings.join('\n')).toContain('the snapshot is lost'));
    await expect(session.release()).rejects.toMatchObject({
      code: 'snapshot.lost',
      message: expect.stringContaining('was not renewed in time, or somebody else left it'),
      hint: expect.stringContaining('see in the log of the server'),
    });
  });

  test('that the server has left, or took away when it stopped, is lost for that reason', async () => {
    for (const [stopped, words] of [
      [false, 'is in no snapshot any more'],
      [true, '/main has left it or has stopped'],
    ] as const) {
      const { app, dataFs, engine, conf, keeper } = await frozenFile();
      const session = await freezeFileStorage(engine, { dataFs, conf });
      await keeper.leave('main', keeper.held('main')!.code);
      if (stopped) await app.close();
      await expect(session.release()).rejects.toMatchObject({
        code: 'snapshot.lost',
        message: expect.stringMatching(new RegExp(`taken away while it was in use: \\S*.*${words}$`)),
        hint: expect.stringContaining('see in the log of the server'),
      });
    }
  });

  test('and that was left behind is left by force', async () => {
    const { dataFs, engine, conf, keeper } = await frozenFile();
    await keeper.enter('main', 'somebody-1', 'ann');
    const [kept] = await leaveStale(engine, { directory: dataFs, conf });
    expect(kept).toMatchObject({ state: 'kept', code: 'somebody-1' });
    const [left] = await leaveStale(engine, { directory: dataFs, conf }, { force: true });
    expect(left).toMatchObject({ state: 'left' });
    expect(await leaveStale(engine, { directory: dataFs, conf })).toMatchObject([{ state: 'no-snapshot' }]);
  });

  test('in a snapshot of a process that is gone: that one is left first', async () => {
    const { dataFs, engine, told, conf, keeper } = await frozenFile();
    const first = await freezeFileStorage(engine, { dataFs, conf });
    const { code } = keeper.held('main')!;
    await first.release();
    await keeper.enter('main', code.replace(`-${process.pid}-`, '-4194304-'), 'ann');
    const session = await freezeFileStorage(engine, { dataFs, conf });
    expect(told.messages.join('\n')).toContain('a holdfast that was killed');
    await session.release();
    expect(keeper.held('main')).toBeUndefined();
  });
});
