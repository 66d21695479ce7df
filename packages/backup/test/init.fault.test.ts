import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileSystem, nodeFileSystem } from '@holdfast/durable-fs';
import { sweepCrashes, sweepFaults } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { planInit } from '../src/init/plan.js';
import { applyWrites } from '../src/init/write.js';
import { siteWith } from './site.js';

const SCRIPT = '#!/usr/bin/python\n# of buildout\n';
const TOML = '# mine\n';

const prepare = () =>
  siteWith({
    'holdfast.toml': TOML,
    'bin/backup': SCRIPT,
    'bin/restore': SCRIPT,
    'zeo.conf': '<filestorage 1>\npath /s/Data.fs\n</filestorage>\n',
  });

/** Only the writing is struck. */
async function run(fs: FileSystem, cwd: string): Promise<void> {
  const { writes } = await planInit(nodeFileSystem, {
    cwd,
    source: 'zeo.conf',
    scripts: 'bin',
    force: true,
    program: ['/usr/bin/holdfast'],
    env: {},
  });
  await applyWrites(fs, writes);
}

const FILES = [
  { name: 'holdfast.toml', kept: 'holdfast.toml.old', old: TOML, made: 'datafs = "/s/Data.fs"' },
  { name: 'bin/backup', kept: 'bin/backup.before-holdfast', old: SCRIPT, made: 'exec holdfast backup ' },
  { name: 'bin/restore', kept: 'bin/restore.before-holdfast', old: SCRIPT, made: 'exec holdfast restore ' },
];

/** Each file is there and whole, old or new; a new one only beside the old one under its other name. */
async function expectOldOrNew(site: string): Promise<void> {
  for (const { name, kept, old, made } of FILES) {
    const text = await readFile(join(site, name), 'utf8');
    if (text === old) continue;
    expect(text).toContain(made);
    expect(text.endsWith('\n')).toBe(true);
    expect(await readFile(join(site, kept), 'utf8')).toBe(old);
  }
}

async function expectDone(site: string): Promise<void> {
  for (const { name, kept, old, made } of FILES) {
    expect(await readFile(join(site, name), 'utf8')).toContain(made);
    expect(await readFile(join(site, kept), 'utf8')).toBe(old);
    await expect(lstat(join(site, `${kept}.2`))).rejects.toThrow('ENOENT');
  }
}

test('killed anywhere, each file is the old or the new one, and the next run finishes', async () => {
  const crashes = await sweepCrashes({
    prepare,
    run,
    check: async (site) => {
      await expectOldOrNew(site);
      await run(nodeFileSystem, site);
      await expectDone(site);
    },
  });
  expect(crashes).toBeGreaterThan(40);
});

test('on a full disk, each file is the old or the new one, and the error says what', async () => {
  await sweepFaults({
    prepare,
    run,
    fault: 'ENOSPC',
    check: async (site, { error }) => {
      await expectOldOrNew(site);
      if (error !== undefined) expect(error).toMatchObject({ code: 'fs.no-space' });
    },
  });
});
