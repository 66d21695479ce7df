import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRuns } from '@holdfast/backup';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { describe, expect, test } from 'vitest';
import type { JobKind } from '../src/jobs/job-board.js';
import type { ToolkitStorage } from '../src/storages.js';
import { openBoard } from './support/job-site.js';
import { LIFE_SECONDS, makeDirectoryStorage } from './support/keeper.js';

const request = (kind: JobKind) => ({ storage: 'ds', kind, by: 'ada' });

async function make() {
  const directory = await makeDirectoryStorage();
  await mkdir(join(directory, 'backups'), { recursive: true });
  const storage: ToolkitStorage = {
    name: 'ds',
    source: { kind: 'directorystorage', directory },
    lifeSeconds: LIFE_SECONDS,
    backups: { kind: 'archives', directory, prefix: 'night' },
  };
  const { board, ended } = await openBoard([storage]);
  const run = async (kind: JobKind) => ended((await board.start(request(kind))).id);
  const archives = async () =>
    (await readdir(join(directory, 'backups'))).filter((name) => name.startsWith('night'));
  return { directory, run, archives };
}

describe('a job on a DirectoryStorage', () => {
  test('makes a full archive first, and then none where nothing is new', async () => {
    const { run, archives, directory } = await make();
    const first = await run('backup');
    expect(first).toMatchObject({ state: 'done', data: { archives: [{ kind: 'full' }] } });
    expect(await archives()).toHaveLength(1);
    expect(await run('backup')).toMatchObject({
      state: 'done',
      data: { archives: [], skipped: ['nothing-new'] },
    });
    expect(await run('fullbackup')).toMatchObject({ state: 'done', data: { archives: [{ kind: 'full' }] } });
    expect(await archives()).toHaveLength(2);
    expect(JSON.stringify(first)).not.toContain(directory);
  });

  test('checks every file of it', async () => {
    const { run, directory } = await make();
    expect(await run('verify')).toMatchObject({ state: 'done', summary: expect.stringMatching(/^Sound: /) });
    const files = await readdir(join(directory, 'A'), { recursive: true, withFileTypes: true });
    const object = files.find((file) => file.isFile() && file.parentPath.includes('/A/o000/'))!;
    await writeFile(join(object.parentPath, object.name), 'damaged');
    expect(await run('verify')).toMatchObject({
      state: 'failed',
      error: { code: 'directorystorage.check-failed', details: { problemCount: expect.any(Number) } },
    });
    const { runs } = await readRuns(nodeFileSystem, join(directory, 'backups'));
    expect(runs).toMatchObject([
      { kind: 'verify', result: 'done' },
      { kind: 'verify', result: 'failed', code: 'directorystorage.check-failed' },
    ]);
  });
});
