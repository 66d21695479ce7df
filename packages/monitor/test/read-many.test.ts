import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { printSetRecord } from '@holdfast/backup';
import { expect, test } from 'vitest';
import { RunSite } from '../../backup/test/support/run-site.js';
import { readStatus } from '../src/reading/read-status.js';

test('the cost of a thousand sets is files by name, not bytes', async () => {
  const SETS = Number(process.env.HOLDFAST_SETS ?? 1000);
  const site = await RunSite.make();
  const place = site.path('backups');
  await mkdir(place);
  const lines: string[] = [];
  const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
  const stampOf = (at: number) =>
    new Date(Date.UTC(2026, 0, 1) + at * 60_000).toISOString().slice(0, 19).replace(/[T:]/g, '-');
  const chain = stampOf(0);
  for (let at = 0; at < SETS; at++) {
    const name = `${stampOf(at)}.${at === 0 ? '' : 'delta'}fsz`;
    const [start, end] = [at * 100, at * 100 + 100];
    lines.push(`${join(place, name)} ${start} ${end} ${md5}`);
    await writeFile(join(place, name), 'x');
    const filestorage = {
      name,
      chain,
      kind: at === 0 ? 'full' : 'increment',
      start,
      end,
      storedSize: 1,
      transactions: 1,
      tid: undefined,
      lineage: undefined,
      md5,
    } as const;
    const startedMs = Date.UTC(2026, 0, 1) + at * 60_000;
    const record = printSetRecord({
      version: 1,
      id: stampOf(at),
      kind: 'backup',
      startedMs,
      finishedMs: startedMs,
      parts: [{ storage: 'main', filestorage, blobs: undefined }],
    });
    await writeFile(join(place, `${stampOf(at)}.holdfast-set`), record);
  }
  await writeFile(join(place, `${chain}.dat`), `${lines.join('\n')}\n`);
  const world = site.world();
  const config = await site.config();
  await readStatus(world, config);
  const begun = performance.now();
  const [status] = await readStatus(world, config);
  const took = performance.now() - begun;
  console.log(`${SETS} sets: ${took.toFixed(0)} ms`);
  expect(status!.sets).toHaveLength(SETS);
  expect(status!.sets.filter(({ whole }) => !whole)).toEqual([]);
  expect(took).toBeLessThan(5000);
});
