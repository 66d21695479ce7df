import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileSystem, nodeFileSystem } from '@holdfast/durable-fs';
import { FaultyFileSystem, temporaryDirectory, whenDone } from '@holdfast/test-kit';
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { type ToolkitStorage, toolkitPlugin } from '../src/index.js';
import {
  frozenBeside,
  locksOf,
  makeDirectoryStorage,
  makeFileStorage,
  startKeeper,
  storageOf,
} from './support/keeper.js';
import { MovedClock } from './support/moved-clock.js';

/** What a killed server leaves: a `Data.fs` and a DirectoryStorage in snapshots that go on. */
async function killedServer() {
  const directory = await temporaryDirectory();
  const dataFs = await makeFileStorage();
  const pages = await makeDirectoryStorage();
  const storages = [
    storageOf('main', { kind: 'filestorage', dataFs }),
    storageOf('pages', { kind: 'directorystorage', directory: pages }),
  ];
  const state = join(directory, 'state');
  const clock = new MovedClock();
  const { keeper } = await startKeeper({ storages, stateDirectory: state, clock });
  for (const { name } of storages) await keeper.enter(name, 'x-1', 'backup');
  await keeper.drop();
  const access = join(directory, 'access');
  await writeFile(access, 'admin:secret of admin:admin\n', { mode: 0o600 });
  const isFrozen = async () => [(await frozenBeside(dataFs)).length > 0, (await locksOf(pages)).length > 0];
  return { storages, state, access, clock, isFrozen };
}

interface Start {
  readonly storages: readonly ToolkitStorage[];
  readonly state: string;
  readonly access: string;
  readonly clock: MovedClock;
  readonly fs?: FileSystem;
}

function server({ storages, state, access, clock, fs = nodeFileSystem }: Start) {
  const app = fastify();
  whenDone(() => app.close());
  app.register(toolkitPlugin, { storages, state, access, clock, fs, title: 'test', tls: false });
  return app;
}

test('a start goes on with what a killed server had frozen, and its end leaves it', async () => {
  const { isFrozen, ...start } = await killedServer();
  const app = server(start);
  await app.ready();
  expect(await isFrozen()).toEqual([true, true]);
  expect((await app.inject('/readyz')).statusCode).toBe(200);
  await app.close();
  expect(await isFrozen()).toEqual([false, false]);
});

test('a start that fails for its access file leaves what is frozen, and the next one finds nothing to do', async () => {
  const { isFrozen, ...start } = await killedServer();
  await writeFile(start.access, 'broken line\n');
  const app = server(start);
  await expect(app.ready()).rejects.toMatchObject({ code: 'toolkit.access' });
  expect(await isFrozen()).toEqual([false, false]);
  await app.close();

  await writeFile(start.access, 'admin:secret of admin:admin\n');
  const again = server(start);
  await again.ready();
  expect(await isFrozen()).toEqual([false, false]);
});

test('a start that fails for the records of jobs leaves what is frozen', async () => {
  const { isFrozen, ...start } = await killedServer();
  const fs = new FaultyFileSystem().fail('readDirectory', 'EIO', { path: /\/jobs$/ });
  await expect(server({ ...start, fs }).ready()).rejects.toMatchObject({ code: 'fs.io' });
  expect(await isFrozen()).toEqual([false, false]);
});
