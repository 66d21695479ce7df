import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { FaultyFileSystem, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { enterSnapshot, joinSurrounding, withSnapshot } from '../../src/index.js';
import { readAccessFile } from '../../src/snapshot/access-file.js';
import { isLeftover, newSessionCode, processOf, sentCode } from '../../src/snapshot/session-code.js';
import { unpackFixture } from '../support/fixture.js';
import { makeEngine, writeConf } from './support/zope.js';

describe('the code of a session', () => {
  test('names its process, and is another one each time', async () => {
    const [one, two] = [await newSessionCode(), await newSessionCode()];
    expect(one).not.toBe(two);
    expect(one.startsWith(`${hostname()}-${process.pid}-holdfast.`)).toBe(true);
    expect(processOf(one)).toMatchObject({ host: hostname(), pid: process.pid });
    expect(sentCode(`user/${one}`)).toBe(one);
    expect(await isLeftover(one)).toBe(false);
  });

  test('is a leftover when its process is gone, was started anew, or the machine was', async () => {
    const code = await newSessionCode();
    const pid = `-${process.pid}-`;
    expect(await isLeftover(code.replace(pid, '-4194304-'))).toBe(true);
    expect(await isLeftover(code.replace(/holdfast\.\d+\./, 'holdfast.1.'))).toBe(true);
    expect(
      await isLeftover(code.replace(/\.[0-9a-f-]{36}\./, '.00000000-0000-0000-0000-000000000000.')),
    ).toBe(true);
    expect(await isLeftover(`x${code.replace(pid, '-4194304-')}`)).toBe(false);
    expect(await isLeftover(`${hostname()}-4194304`)).toBe(false);
    expect(await isLeftover('shutdown')).toBe(false);
  });
});

describe('a session', () => {
  test('whose misc/snapshot is removed or changed, or whose sublock is replaced, is lost', async () => {
    const spoil = [
      (at: string) => rm(join(at, 'misc/snapshot')),
      (at: string) => writeFile(join(at, 'misc/snapshot'), 'packing'),
      (at: string) => rm(join(at, 'misc/sublock')),
    ];
    for (const change of spoil) {
      const directory = await unpackFixture('clean-flat');
      const session = await enterSnapshot(makeEngine().engine, { directory });
      await change(directory);
      await expect(session.release()).rejects.toMatchObject({ code: 'snapshot.lost' });
      expect(session.lock.held).toBe(false);
    }
  });

  test('is released though the disk is full', async () => {
    const directory = await unpackFixture('clean-flat');
    const fs = new FaultyFileSystem();
    const session = await enterSnapshot(makeEngine({ fs }).engine, { directory });
    fs.failMutation('ENOSPC', { times: Number.POSITIVE_INFINITY });
    await session.release();
    expect(session.lock.held).toBe(false);
  });

  test('cannot be had of what is no DirectoryStorage', async () => {
    const directory = await temporaryDirectory();
    const entering = enterSnapshot(makeEngine().engine, { directory });
    await expect(entering).rejects.toMatchObject({ code: 'directorystorage.missing' });
  });

  test('is not entered when the work was stopped before', async () => {
    const directory = await unpackFixture('clean-flat');
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(enterSnapshot(makeEngine({ signal }).engine, { directory })).rejects.toThrow('stopped');
    await (await enterSnapshot(makeEngine().engine, { directory })).release();
  });

  test('tells of each line of its snapshot.conf that is skipped', async () => {
    const directory = await unpackFixture('clean-flat');
    await writeConf(directory, ['# comment', 'direct', 'http only-a-url']);
    const { engine, told } = makeEngine();
    await (await enterSnapshot(engine, { directory })).release();
    const conf = join(directory, 'config/snapshot.conf');
    expect(told.messages.slice(0, 2)).toEqual([
      expect.stringContaining(`malformed line 1 in ${conf}`),
      expect.stringContaining(`malformed line 3 in ${conf}`),
    ]);
  });

  test('takes the snapshot.conf that it is told to', async () => {
    const directory = await unpackFixture('crashed-journal-chunky');
    const conf = join(await temporaryDirectory(), 'other.conf');
    await writeFile(conf, 'nodirect\n');
    const entering = enterSnapshot(makeEngine().engine, { directory, conf });
    await expect(entering).rejects.toMatchObject({ code: 'snapshot.not-locked' });
  });
});

describe('under a surrounding snapshot', () => {
  const env = (directory: string, changes: Readonly<Record<string, string | undefined>> = {}) => ({
    SNAPSHOT_VERSION: '2',
    SNAPSHOT_DIRECTORY: directory,
    SNAPSHOT_TIMESTAMP: '1700000000',
    ...changes,
  });

  test('that one is used, and nothing is locked', async () => {
    const directory = await unpackFixture('clean-flat');
    const session = await enterSnapshot(makeEngine().engine, { directory });
    const { engine, told } = makeEngine();
    const held = await withSnapshot(engine, { env: env(directory) }, async (snapshot) => snapshot);
    expect(held).toMatchObject({ directory, timestamp: 1700000000, surrounding: true });
    expect(told.messages).toEqual([]);
    const link = join(await temporaryDirectory(), 'link');
    await symlink(directory, link);
    expect(await withSnapshot(engine, { directory: link, env: env(directory) }, async () => 'same')).toBe(
      'same',
    );
    await session.release();
  });

  test.each([
    [{ SNAPSHOT_VERSION: '3' }, 'only 2 is known'],
    [{ SNAPSHOT_DIRECTORY: undefined }, 'SNAPSHOT_DIRECTORY is not set'],
    [{ SNAPSHOT_TIMESTAMP: 'yesterday' }, 'not a number'],
  ])('%j is an error', async (changes, message) => {
    const directory = await unpackFixture('clean-flat');
    const { fs } = makeEngine().engine;
    await expect(joinSurrounding(fs, env(directory, changes), directory)).rejects.toMatchObject({
      code: 'snapshot.environment',
      message: expect.stringContaining(message),
    });
  });

  test('of another storage, or of one that is in none, it is an error', async () => {
    const [directory, other] = [await unpackFixture('clean-flat'), await unpackFixture('clean-flat')];
    const { fs } = makeEngine().engine;
    await expect(joinSurrounding(fs, env(directory), other)).rejects.toThrow('directories different');
    await rm(join(directory, 'misc/snapshot'));
    await expect(joinSurrounding(fs, env(directory), directory)).rejects.toThrow('in no snapshot');
    expect(await joinSurrounding(fs, {}, directory)).toBeUndefined();
  });
});

describe('an access file', () => {
  async function place(mode: number) {
    const directory = await temporaryDirectory();
    const path = join(directory, 'access');
    await writeFile(path, 'backup:geheim\n');
    await chmod(path, mode);
    return { directory, path };
  }
  async function read(path: string) {
    const { engine, told } = makeEngine();
    const access = await readAccessFile(engine.fs, { path, storageOwner: 0 }, engine.log!);
    return { password: access.password.reveal(), warnings: told.warnings };
  }

  test('that only its owner can read is used silently, one that others can read with a warning', async () => {
    expect(await read((await place(0o600)).path)).toEqual({ password: 'geheim', warnings: [] });
    expect(await read((await place(0o620)).path)).toEqual({ password: 'geheim', warnings: [] });
    const { path } = await place(0o644);
    expect(await read(path)).toEqual({
      password: 'geheim',
      warnings: [expect.stringContaining('chmod 600')],
    });
  });

  test('that others can write, or whose directory they can, is refused', async () => {
    await expect(read((await place(0o602)).path)).rejects.toMatchObject({ code: 'snapshot.access' });
    const { directory, path } = await place(0o600);
    await chmod(directory, 0o777);
    await expect(read(path)).rejects.toThrow('write to its directory');
  });

  test('that is a link, a directory or missing is refused', async () => {
    const { directory, path } = await place(0o600);
    await symlink(path, join(directory, 'link'));
    await mkdir(join(directory, 'directory'));
    for (const name of ['link', 'directory', 'missing']) {
      await expect(read(join(directory, name))).rejects.toMatchObject({ code: 'snapshot.access' });
    }
  });

  test('that cannot be used leads on to the next method', async () => {
    const directory = await unpackFixture('clean-flat');
    await writeConf(directory, ['http http://127.0.0.1:1/x access', 'direct'], '{SSHA}geheim');
    const { engine, told } = makeEngine();
    await (await enterSnapshot(engine, { directory })).release();
    expect(told.details[0]).toContain('its password is hashed');
    expect(JSON.stringify(told)).not.toContain('geheim');
  });
});
