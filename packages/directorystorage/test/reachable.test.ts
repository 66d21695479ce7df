import { nodeBulkReads, nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { expect, test } from 'vitest';
import { Findings } from '../src/check/findings.js';
import { FallingIds } from '../src/check/id-list.js';
import { ObjectChecker } from '../src/check/object-check.js';
import { Pace } from '../src/check/pace.js';
import { PairSum } from '../src/check/pair-sum.js';
import { checkReachable } from '../src/check/reachable.js';
import { StorageFiles } from '../src/check/storage-files.js';
import { openStorage } from '../src/index.js';
import { buildStorage, oidOf, tidOf } from './support/build-storage.js';

test.each([1, 7, 1000])('every object is looked at once, with room for %i pending ones', async (room) => {
  const { directory } = await buildStorage({ objects: 300, transactions: 1 });
  const findings = new Findings();
  const files = new StorageFiles(nodeBulkReads(), await openStorage(nodeFileSystem, directory), findings);
  const history = { transactions: new FallingIds(), complete: false, recentPairs: new PairSum() };
  const expectations = { serial: tidOf(0), lastOid: oidOf(299), lastPack: oidOf(0), history };
  const checker = new ObjectChecker(files, findings, expectations);
  await checkReachable(checker, files, findings, new Pace(systemClock, undefined, () => {}), {
    mostPending: room,
  });
  expect(findings.statistics).toMatchObject({ objects: 300, revisions: 300 });
  expect(findings.problems).toEqual([]);
});
