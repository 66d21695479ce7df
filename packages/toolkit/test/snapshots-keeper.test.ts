import { existsSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { freeze } from '@holdfast/directorystorage';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { KernelLock } from '@holdfast/lockfile';
import { FaultyFileSystem, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import {
  eventually,
  frozenBeside,
  locksOf,
  makeDirectoryStorage,
  makeFileStorage,
  startKeeper,
  storageOf,
  zopeSource,
} from './support/keeper.js';
import { MovedClock } from './support/moved-clock.js';
import { fileKeeper, zopeKeeper } from './support/one-storage-keeper.js';
import { startSmallZope } from './support/small-zope.js';

describe('the keeper', () => {
  test('knows its storages alone, and takes no code that is none', async () => {
    const { keeper } = await fileKeeper();
    await expect(keeper.enter('other', 'a', 'ann')).rejects.toMatchObject({ code: 'toolkit.no-storage' });
    expect(() => keeper.held('other')).toThrow('no storage other');
    for (const code of ['', 'x'.repeat(256), 'a\nb']) {
      await expect(keeper.enter('main', code, 'ann')).rejects.toMatchObject({ code: 'toolkit.request' });
    }
  });

  test('leaves all when it is closed; one that fails does not keep the others', async () => {
    const zope = await startSmallZope();
    const dataFs = await makeFileStorage();
    const directory = await makeDirectoryStorage();
    const storages = [
      storageOf('zope', zopeSource(zope.url)),
      storageOf('ds', { kind: 'directorystorage', directory }),
      storageOf('fs', { kind: 'filestorage', dataFs }),
    ];
    const stateDirectory = await temporaryDirectory();
    const { keeper, clock } = await startKeeper({ storages, stateDirectory });
    for (const { name } of storages) await keeper.enter(name, `${name}-1`, 'ann');
    await using _reader = await KernelLock.acquire(join(directory, 'misc/sublock'));
    zope.busy = true;
    await keeper.close();
    expect(await frozenBeside(dataFs)).toEqual([]);
    expect(await locksOf(directory)).toEqual(['sublock']);
    await expect(keeper.enter('fs', 'b', 'ann')).rejects.toMatchObject({ code: 'toolkit.busy' });
    zope.busy = false;
    const next = await startKeeper({ storages, stateDirectory, clock: new MovedClock(clock.now()) });
    expect(next.keeper.held('zope')).toMatchObject({ code: 'zope-1' });
    await next.keeper.close();
    expect(zope.code).toBeNull();
  });

  test('sets a state that it cannot read aside, loudly, and starts', async () => {
    const spoilt = 'it was damaged, or changed by hand';
    for (const [text, why] of [
      ['', spoilt],
      ['{', spoilt],
      ['[]', spoilt],
      ['{"version":2,"snapshots":[]}', 'it is of another version of Holdfast (2; this one knows 1)'],
      ['{"version":1,"snapshots":[{"storage":1}]}', spoilt],
      ['x'.repeat(2 << 20), ''],
    ] as const) {
      const stateDirectory = await temporaryDirectory();
      await writeFile(join(stateDirectory, 'snapshots.json'), text);
      const { keeper, lines } = await startKeeper({ storages: [], stateDirectory });
      expect(lines).toEqual([expect.stringMatching(/^error: the state of the snapshots cannot be read/)]);
      expect(lines.join()).toContain(why);
      expect((await readFile(join(stateDirectory, 'snapshots.json.bad'))).length).toBe(text.length);
      await keeper.close();
    }
  });

  test('tells of a snapshot whose storage is not configured any more', async () => {
    const made = await zopeKeeper();
    await made.keeper.enter('main', 'host-1', 'ann');
    await made.keeper.drop();
    const { lines } = await startKeeper({ storages: [], stateDirectory: made.stateDirectory });
    expect(lines).toEqual([expect.stringMatching(/^warn: .*leave it by hand.*"host-1"/)]);
    expect(existsSync(join(made.stateDirectory, 'snapshots.json'))).toBe(false);
  });

  test('removes what was frozen of a storage that is not configured any more, loudly', async () => {
    const { keeper, dataFs, stateDirectory } = await fileKeeper();
    await keeper.enter('main', 'host-1', 'ann');
    await keeper.drop();
    const { lines } = await startKeeper({ storages: [], stateDirectory });
    expect(lines).toEqual([expect.stringMatching(/^warn: .*what was frozen is removed.*"host-1"/)]);
    expect(await frozenBeside(dataFs)).toEqual([]);
    expect(existsSync(join(stateDirectory, 'snapshots.json'))).toBe(false);
  });

  test('whose state cannot be read removes what nobody holds, and nothing else', async () => {
    const { keeper, dataFs, storages, stateDirectory } = await fileKeeper();
    const { frozen } = await keeper.enter('main', 'host-1', 'ann');
    const held = await freeze({ fs: nodeFileSystem, clock: systemClock }, { dataFs });
    await keeper.drop();
    await writeFile(join(stateDirectory, 'snapshots.json'), '{"version":2}');
    const { lines } = await startKeeper({ storages, stateDirectory });
    expect(lines.join('\n')).toContain('what was frozen before the start is removed');
    expect([existsSync(frozen!.path), existsSync(held.path)]).toEqual([false, true]);
    await held.directory.remove();
  });

  test('takes up the one of two storages in a directory, while the other is cleared', async () => {
    const { keeper, dataFs, storages, stateDirectory } = await fileKeeper();
    const other = join(dirname(dataFs), 'other.fs');
    await copyFile(dataFs, other);
    const both = [...storages, storageOf('other', { kind: 'filestorage', dataFs: other })];
    await keeper.enter('main', 'host-1', 'ann');
    await keeper.drop();
    const file = join(stateDirectory, 'snapshots.json');
    const state = JSON.parse(await readFile(file, 'utf8'));
    const { memory: _, ...entering } = { ...state.snapshots[0], storage: 'other', phase: 'entering' };
    await writeFile(file, JSON.stringify({ ...state, snapshots: [entering, ...state.snapshots] }));
    const next = await startKeeper({ storages: both, stateDirectory });
    expect(next.keeper.held('main')).toMatchObject({ code: 'host-1' });
    expect(next.keeper.held('other')).toBeUndefined();
    expect(existsSync(next.keeper.held('main')!.frozen!.path)).toBe(true);
  });

  test('writes a state that could not be written when it can', async () => {
    const directory = await makeDirectoryStorage();
    const dataFs = await makeFileStorage();
    const storages = [
      storageOf('ds', { kind: 'directorystorage', directory }),
      storageOf('fs', { kind: 'filestorage', dataFs }),
    ];
    const fs = new FaultyFileSystem();
    const stateDirectory = await temporaryDirectory();
    const { keeper, clock, lines } = await startKeeper({ storages, stateDirectory, fs });
    await keeper.enter('ds', 'a', 'ann');
    await keeper.enter('fs', 'b', 'ann');
    fs.fail('write', 'ENOSPC', { times: Number.POSITIVE_INFINITY });
    await keeper.leave('fs', 'b');
    expect(lines.join('\n')).toContain('cannot be written; it is tried again');
    fs.clearFaults();
    const names = async () =>
      (
        JSON.parse(await readFile(join(stateDirectory, 'snapshots.json'), 'utf8')).snapshots as {
          storage: string;
        }[]
      ).map(({ storage }) => storage);
    expect(await names()).toEqual(['ds', 'fs']);
    await clock.advance(10_000);
    await eventually(async () => expect(await names()).toEqual(['ds']));
  });
});
