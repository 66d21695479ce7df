import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nodeBulkFiles, nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { bestCodec } from '@holdfast/gzip-members';
import { expect, test } from 'vitest';
import { readStatuses } from '../src/read-statuses.js';
import { makeJobSite, storageOf } from './support/job-site.js';

const WORLD = { fs: nodeFileSystem, bulk: nodeBulkFiles, clock: systemClock, codec: bestCodec };

test('a Data.fs that its site has moved since the start is a problem, and said to the log', async () => {
  const site = await makeJobSite();
  const storages = [storageOf('main', site)];
  const moved: string[] = [];
  const read = async () => {
    const statuses = await readStatuses(WORLD, storages, {
      onMoved: (name, path) => moved.push(`${name} ${path}`),
    });
    return statuses.get('main')!;
  };
  expect((await read()).problems).toEqual([]);

  const other = join(site.path, 'elsewhere/Data.fs');
  await mkdir(dirname(other));
  await copyFile(site.datafs, other);
  await site.configure('datafs = "elsewhere/Data.fs"\n');
  const { problems, verdict } = await read();
  expect(problems).toEqual([expect.stringMatching(/another Data\.fs now .* restart the server\.$/)]);
  expect(verdict.reasons.join('\n')).toContain('restart the server');
  expect(moved).toEqual([`main ${other}`]);
});

test('a Data.fs that its site names by way of a link is the same', async () => {
  const site = await makeJobSite();
  await symlink(dirname(site.datafs), join(site.path, 'link'));
  await site.configure('datafs = "link/Data.fs"\n');
  const statuses = await readStatuses(WORLD, [storageOf('main', site)]);
  expect(statuses.get('main')!.problems).toEqual([]);
});
