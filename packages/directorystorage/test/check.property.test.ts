import { readFile, writeFile } from 'node:fs/promises';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkStorage } from '../src/index.js';
import { currentName, revisionName, transactionName } from '../src/names.js';
import { buildStorage, oidOf, tidOf } from './support/build-storage.js';

const NAMES = [
  ...[0, 1, 2].flatMap((number) => [0, 1].map((tid) => revisionName(oidOf(number), tidOf(tid)))),
  ...[0, 1, 2].map((number) => currentName(oidOf(number))),
  ...[0, 1].map((tid) => transactionName(tidOf(tid))),
  'x.serial',
];

/** Reserved bytes of a transaction file, and where an object was undone from: nothing compares them. */
const tolerated = (name: string, offset: number) =>
  /^[ot].*\.(?!c)/.test(name) && offset >= 16 && offset < 24;

test('whatever byte of whatever file is changed, the check finds a problem and ends', async () => {
  const storage = await buildStorage({ objects: 3, transactions: 2, format: 'flat' });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...NAMES),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (name, at, flip) => {
        const good = await readFile(storage.file(name));
        const offset = at % good.length;
        const bad = Buffer.from(good);
        bad[offset] = bad[offset]! ^ flip;
        await writeFile(storage.file(name), bad);
        const report = await checkStorage({ fs: nodeFileSystem, clock: systemClock }, storage.directory);
        await writeFile(storage.file(name), good);
        if (!tolerated(name, offset)) expect(report.problemCount).toBeGreaterThan(0);
      },
    ),
    { numRuns: 300 },
  );
});

test('a file cut to whatever length, or replaced by whatever bytes, is found', async () => {
  const storage = await buildStorage({ objects: 3, transactions: 2 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...NAMES), fc.uint8Array({ maxLength: 200 }), async (name, bytes) => {
      const good = await readFile(storage.file(name));
      await writeFile(storage.file(name), bytes);
      const report = await checkStorage({ fs: nodeFileSystem, clock: systemClock }, storage.directory);
      await writeFile(storage.file(name), good);
      expect(report.sound).toBe(good.equals(bytes));
    }),
    { numRuns: 150 },
  );
});
