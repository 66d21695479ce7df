import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describePeers, pythonOutput, repozo } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { RunSite } from '../../backup/test/support/run-site.js';
import { readStatus } from '../src/reading/read-status.js';

const statusOf = async (site: RunSite) => (await readStatus(site.world(), await site.config())).at(-1)!;

async function repozoBackup(site: RunSite): Promise<void> {
  const { status, stderr } = await repozo(['-B', '-z', '-r', site.path('backups'), '-f', site.datafs()]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}

const WRITE = `
import sys, transaction, ZODB, ZODB.FileStorage
db = ZODB.DB(ZODB.FileStorage.FileStorage(sys.argv[1]))
with db.transaction() as connection:
    connection.root()['answer'] = connection.root().get('answer', 0) + 1
db.close()
`;
const PACK = `
import sys, time, ZODB, ZODB.FileStorage
db = ZODB.DB(ZODB.FileStorage.FileStorage(sys.argv[1]))
db.pack(time.time())
db.close()
`;

describePeers('a site of the peers', () => {
  test('a repository of repozo: its moment is the newest set, and what ZODB writes after it is counted', async () => {
    const site = await RunSite.make();
    mkdirSync(site.path('backups'));
    await repozoBackup(site);
    const quiet = await statusOf(site);
    expect(quiet.newest).toMatchObject({ origin: 'peer', part: 'full', whole: true });
    expect(quiet.uncovered?.bytes).toBe(0);
    const before = (await readFile(site.datafs())).length;
    await pythonOutput(WRITE, [site.datafs()]);
    const status = await statusOf(site);
    expect(status.uncovered?.bytes).toBe((await readFile(site.datafs())).length - before);
    expect(status.runs).toEqual([]);
  });

  test('after a pack by ZODB what is new is not known, until the next backup', async () => {
    const site = await RunSite.make();
    for (let round = 0; round < 3; round++) await pythonOutput(WRITE, [site.datafs()]);
    await site.run();
    await pythonOutput(PACK, [site.datafs()]);
    await pythonOutput(WRITE, [site.datafs()]);
    const { uncovered, verdict } = await statusOf(site);
    expect(uncovered?.bytes).toBeUndefined();
    expect(verdict.reasons.join(' ')).toContain('Data.fs was packed or replaced since the newest set');
    await site.run();
    expect((await statusOf(site)).uncovered?.bytes).toBe(0);
  });

  test('repozo goes on beside the history of Holdfast', async () => {
    const site = await RunSite.make();
    await site.run();
    await pythonOutput(WRITE, [site.datafs()]);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await repozoBackup(site);
    const status = await statusOf(site);
    expect(status.sets.map(({ origin }) => origin).sort()).toEqual(['holdfast', 'peer']);
    expect(status.runs.map(({ kind }) => kind)).toEqual(['backup']);
    expect(status.problems).toEqual([]);
  });
});
