import { nodeFileSystem } from '@holdfast/durable-fs';
import { zlibCodec } from '@holdfast/gzip-members';
import { FaultyFileSystem, temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { LocalStore, verify } from '../src/index.js';
import { storeConformance } from './store-conformance.js';
import { MemoryStore } from './support/memory-store.js';
import { Site } from './support/site.js';

storeConformance('a directory', async () => new LocalStore(nodeFileSystem, await temporaryDirectory()));
storeConformance('a directory that cannot link', async () => {
  const fs = new FaultyFileSystem().fail('link', 'EPERM', { times: Number.POSITIVE_INFINITY });
  return new LocalStore(fs, await temporaryDirectory());
});
storeConformance('a directory with short reads and writes', async () => {
  const often = { times: Number.POSITIVE_INFINITY };
  return new LocalStore(
    new FaultyFileSystem().shortRead(1, often).shortWrite(2, often),
    await temporaryDirectory(),
  );
});
storeConformance('memory, as an object store', async () => new MemoryStore());

test('the engine backs up to a store that is no directory, and verifies it there', async () => {
  const site = await Site.make();
  const engine = { ...site.engine(), store: new MemoryStore(), codec: () => zlibCodec() };
  expect(await site.backup({}, engine)).toMatchObject({ kind: 'full' });
  await site.grow();
  expect(await site.backup({}, engine)).toMatchObject({ kind: 'increment' });
  expect(await verify(engine, { level: 'deep' })).toMatchObject({ sound: true });
});

test('a directory that is not there is a missing repository', async () => {
  const store = new LocalStore(nodeFileSystem, `${await temporaryDirectory()}/none`);
  await expect(store.list()).rejects.toMatchObject({ code: 'repository.missing' });
});
