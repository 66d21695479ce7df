import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KernelLock } from '@holdfast/lockfile';
import { describePeers, pythonOutput, spawnPython, temporaryDirectory, whenDone } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { startZope } from '../../directorystorage/test/snapshot/support/zope.js';
import type { StorageSource } from '../src/storages.js';
import {
  eventually,
  frozenBeside,
  LIFE_SECONDS,
  locksOf,
  makeDirectoryStorage,
  makeFileStorage,
  startKeeper,
  storageOf,
  zopeSource,
} from './support/keeper.js';
import { MovedClock } from './support/moved-clock.js';

const HOLD = `
import sys, zc.lockfile
lock = zc.lockfile.LockFile(sys.argv[1])
print('held', flush=True)
sys.stdin.read()
`;
const TRY = `
import sys, zc.lockfile
for name in ('lock', 'sublock'):
    try:
        zc.lockfile.LockFile(sys.argv[1] + '/misc/' + name).close()
        print(name, 'free')
    except zc.lockfile.LockError:
        print(name, 'held')
`;
const CHILD = fileURLToPath(new URL('children/keep.mjs', import.meta.url));

async function keeperOf(source: StorageSource) {
  const stateDirectory = await temporaryDirectory();
  const storages = [storageOf('main', source)];
  return { storages, stateDirectory, ...(await startKeeper({ storages, stateDirectory })) };
}

/** A server in a process of its own that enters, and is killed then. */
async function enterAndDie(stateDirectory: string, source: StorageSource): Promise<void> {
  const child = spawn(process.execPath, [
    CHILD,
    stateDirectory,
    JSON.stringify(storageOf('main', source)),
    'host-1',
  ]);
  whenDone(() => {
    child.kill('SIGKILL');
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => resolve());
    child.on('close', () => reject(new Error(`the child ended: ${said}`)));
  });
  child.kill('SIGKILL');
  await ended;
}

describePeers('the locks of a DirectoryStorage', () => {
  test('that zc.lockfile holds make it busy, and name the process', async () => {
    const directory = await makeDirectoryStorage();
    const { keeper } = await keeperOf({ kind: 'directorystorage', directory });
    for (const name of ['lock', 'sublock']) {
      const holder = spawnPython(HOLD, [join(directory, 'misc', name)]);
      await holder.line('held');
      await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({
        code: 'toolkit.busy',
        message: expect.stringContaining(String(holder.child.pid)),
      });
      await holder.stop();
    }
    await keeper.enter('main', 'a', 'ann');
  });

  test('are those of a server in snapshot mode to zc.lockfile: the sublock is free', async () => {
    const directory = await makeDirectoryStorage();
    const { keeper } = await keeperOf({ kind: 'directorystorage', directory });
    await keeper.enter('main', 'a', 'ann');
    expect(await pythonOutput(TRY, [directory])).toBe('lock held\nsublock free\n');
    const reader = spawnPython(HOLD, [join(directory, 'misc/sublock')]);
    await reader.line('held');
    await expect(keeper.leave('main', 'a')).rejects.toMatchObject({ code: 'toolkit.busy' });
    await reader.stop();
    await keeper.leave('main', 'a');
    expect(await pythonOutput(TRY, [directory])).toBe('lock free\nsublock free\n');
  });
});

describePeers('a storage of a Zope', () => {
  test('is entered there, shows the code of the client, and is left when nobody reads', async () => {
    const directory = await makeDirectoryStorage();
    const zope = await startZope(directory);
    const { keeper } = await keeperOf(zopeSource(zope.url));
    await keeper.enter('main', 'host-1', 'ann');
    expect(await readFile(join(directory, 'misc/snapshot'), 'utf8')).toBe('user/host-1');
    expect(await keeper.currentCode('main')).toBe('user/host-1');
    const reader = await KernelLock.acquire(join(directory, 'misc/sublock'));
    await expect(keeper.leave('main', 'host-1')).rejects.toMatchObject({
      code: 'toolkit.busy',
      message: expect.stringContaining('the sublock is held'),
    });
    await reader.release();
    await keeper.leave('main', 'host-1');
    expect(await locksOf(directory)).toEqual(['lock', 'sublock']);
  });

  test('whose password is wrong, or that is gone, is not entered', async () => {
    const zope = await startZope('-');
    const { keeper } = await keeperOf(zopeSource(zope.url, 'wrong'));
    const entering = keeper.enter('main', 'a', 'ann');
    await expect(entering).rejects.toMatchObject({
      code: 'snapshot.server',
      details: { failure: 'unauthorized' },
    });
    await zope.process.stop();
    await expect(keeper.enter('main', 'a', 'ann')).rejects.toMatchObject({
      details: { failure: 'unreachable' },
    });
    expect(keeper.held('main')).toBeUndefined();
  });

  test('that was started again in the snapshot is in one of its own: it is told, and not held any more', async () => {
    const zope = await startZope('-');
    const { keeper, lines } = await keeperOf(zopeSource(zope.url));
    await keeper.enter('main', 'host-1', 'ann');
    await zope.tell('be startup');
    await keeper.leave('main', 'host-1');
    expect(lines.join('\n')).toMatch(/warn: the Zope was in another snapshot.*"startup"/);
    expect(keeper.held('main')).toBeUndefined();
  });
});

describePeers('a server that is killed (a real process)', () => {
  test.each(['filestorage', 'directorystorage', 'zope'] as const)(
    'goes on with a %s, and leaves it in its time',
    async (kind) => {
      const dataFs = await makeFileStorage();
      const directory = await makeDirectoryStorage();
      const zope = await startZope('-');
      const source: StorageSource =
        kind === 'zope'
          ? zopeSource(zope.url)
          : kind === 'filestorage'
            ? { kind, dataFs }
            : { kind, directory };
      const stateDirectory = await temporaryDirectory();
      await enterAndDie(stateDirectory, source);
      expect(await locksOf(directory)).toEqual([]);
      const { keeper, clock } = await startKeeper({
        storages: [storageOf('main', source)],
        stateDirectory,
        clock: new MovedClock(Date.now()),
      });
      expect(keeper.held('main')).toMatchObject({ code: 'host-1', by: 'ann' });
      if (kind === 'directorystorage') expect(await locksOf(directory)).toEqual(['lock']);
      await clock.advance(LIFE_SECONDS * 1000);
      await eventually(() => expect(keeper.held('main')).toBeUndefined());
      expect(await frozenBeside(dataFs)).toEqual([]);
      expect(await locksOf(directory)).toEqual([]);
      await zope.tell('code');
      expect((await zope.said()).at(-1)).toBe('code is None');
    },
  );
});
