import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describePeers, pythonOutput, spawnPython, temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { holdfast } from './support/cli.js';

const SCRIPT = readFileSync(new URL('support/blob_site.py', import.meta.url), 'utf8');
const SECONDS = Number(process.env.HOLDFAST_LIVE_SECONDS ?? 8);
/** However slow the machine. */
const FEWEST_SETS = 4;
const PATIENCE = (SECONDS + 100) * 4000;

interface ListedSet {
  readonly id: string;
}

/** Backs up all the time while a ZODB works on the site; the ids of the sets that were made. */
async function backUpBesideWork(site: string, zlib: '0' | '1'): Promise<readonly string[]> {
  const datafs = join(site, 'var/filestorage/Data.fs');
  const blobs = join(site, 'var/blobstorage');
  await mkdir(join(site, 'var/filestorage'), { recursive: true });
  const writer = spawnPython(SCRIPT, ['work', datafs, blobs, zlib]);
  await writer.line('working');
  const end = Date.now() + SECONDS * 1000;
  const made = new Set<string>();
  while (Date.now() < end || made.size < FEWEST_SETS) {
    const { status, stdout, stderr } = await holdfast(['backup', '--json'], { cwd: site });
    expect(status, stderr).toBe(0);
    const { set, storages } = JSON.parse(stdout);
    expect(storages[0].blobs?.missing ?? 0).toBe(0);
    made.add(set);
  }
  expect(await writer.finish(), writer.output().stderr).toBe(0);
  return [...made];
}

describePeers('beside a ZODB with blobs that commits, undoes, deletes and packs', () => {
  test.each([
    ['trees of hard links', '0', 'tree'],
    ['a pool, through zlibstorage', '1', 'pool'],
  ] as const)(
    'every set restores, and every blob loads: %s',
    { timeout: PATIENCE },
    async (_, zlib, format) => {
      const site = await temporaryDirectory();
      await writeFile(join(site, 'holdfast.toml'), `blob_format = "${format}"\nkeep = 0\n`);
      const made = await backUpBesideWork(site, zlib);
      const listed = await holdfast(['list', '--json'], { cwd: site });
      const sets = (JSON.parse(listed.stdout) as { readonly sets: readonly ListedSet[] }).sets;
      expect(sets.map(({ id }) => id)).toEqual(expect.arrayContaining([...made]));
      for (const id of made) {
        const to = join(site, `restored-${id}`);
        const restored = await holdfast(['restore', id, '--to', to], { cwd: site });
        expect(restored.status, restored.stderr).toBe(0);
        const checked = await pythonOutput(SCRIPT, [
          'check',
          join(to, 'Data.fs'),
          join(to, 'blobstorage'),
          zlib,
        ]);
        expect(Number(checked)).toBeGreaterThanOrEqual(0);
      }
      const verified = await holdfast(['verify', '--deep'], { cwd: site });
      expect(verified.status, verified.stderr).toBe(0);
    },
  );
});
