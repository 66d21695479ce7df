import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describePeers, pythonOutput, temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, it } from 'vitest';
import { backUp, changesSince, namesIn, POOL, ROTATED, TREE } from './support/backup.js';
import { STAMPS, treeOf, writeBlobs } from './support/scene.js';

const [FIRST, SECOND, THIRD] = STAMPS;

async function recipeBackup(
  source: string,
  location: string,
  filestorage: string,
  stamp: string | undefined,
): Promise<void> {
  const options = { timestamps: stamp !== undefined, fs_backup_location: filestorage };
  if (stamp !== undefined) writeFileSync(join(filestorage, `${stamp}.fsz`), '');
  const script = `
    import json, sys
    from collective.recipe.backup import copyblobs
    source, location, options = json.loads(sys.argv[1])
    copyblobs.backup_blobs(source, location, **options)
  `;
  await pythonOutput(script, [JSON.stringify([source, location, options])]);
}

async function site() {
  const root = await temporaryDirectory();
  const source = join(root, 'blobstorage');
  const [ours, theirs, filestorage] = ['ours', 'theirs', 'backups'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  for (const directory of [ours, theirs, filestorage]) mkdirSync(directory);
  return { root, source, ours, theirs, filestorage };
}

/** Names, contents, modes and times, owners, and how often each file is linked. */
function full(root: string) {
  const tree = treeOf(root);
  return Object.fromEntries(
    Object.entries(tree).map(([path, text]) => {
      const { nlink, uid, gid } = lstatSync(join(root, path));
      return [path, text.endsWith('directory') ? `${text} ${uid} ${gid}` : `${text} ${uid} ${gid} ${nlink}`];
    }),
  );
}

const innerOf = (location: string, which: string | number) =>
  join(location, `blobstorage.${which}`, 'blobstorage');

/** What a site does between two backups. */
function live(source: string, day: number): void {
  const paths = writeBlobs(source, [day * 3, day * 3 + 1, day * 3 + 2, 300 + day]);
  if (day === 1) {
    const gone = join(source, paths[0]!);
    unlinkSync(gone);
    // Not of the last second: rsync does not tell times in one second apart.
    utimesSync(dirname(gone), 1_760_000_000, 1_760_000_000);
  }
  writeFileSync(join(source, `unusual é ${day}`), 'x'.repeat(day));
}

describePeers('trees beside collective.recipe.backup and rsync', () => {
  it('are the same, backup after backup: names, contents, modes, owners, times, link counts', async () => {
    const { source, ours, theirs, filestorage } = await site();
    for (const [day, stamp] of STAMPS.entries()) {
      live(source, day);
      await recipeBackup(source, theirs, filestorage, stamp);
      await backUp({ source, location: ours, stamp });
    }
    for (const stamp of STAMPS) expect(full(innerOf(ours, stamp))).toEqual(full(innerOf(theirs, stamp)));
    expect(readlinkSync(join(ours, 'latest'))).toBe(readlinkSync(join(theirs, 'latest')));
  });

  it('are the same when they are rotated', async () => {
    const { source, ours, theirs, filestorage } = await site();
    for (const [day, stamp] of STAMPS.entries()) {
      live(source, day);
      await recipeBackup(source, theirs, filestorage, undefined);
      await backUp({ source, location: ours, stamp, style: ROTATED });
    }
    expect(namesIn(ours)).toEqual(namesIn(theirs));
    for (const number of [0, 1, 2])
      expect(full(innerOf(ours, number))).toEqual(full(innerOf(theirs, number)));
  });

  describe.each([
    ['with stamps', true],
    ['rotated', false],
  ])('%s', (_, timestamps) => {
    it('go on with its series, and it goes on with ours', async () => {
      const { source, ours, filestorage } = await site();
      const style = timestamps ? TREE : ROTATED;
      const newest = (stamp: string) => innerOf(ours, timestamps ? stamp : 0);
      live(source, 0);
      await recipeBackup(source, ours, filestorage, timestamps ? FIRST : undefined);
      live(source, 1);
      const second = await backUp({ source, location: ours, stamp: SECOND, style });
      expect(second).toMatchObject({ copied: 4, cannotLink: undefined });
      expect(treeOf(newest(SECOND))).toEqual(treeOf(source));
      live(source, 2);
      await recipeBackup(source, ours, filestorage, timestamps ? THIRD : undefined);
      expect(treeOf(newest(THIRD))).toEqual(treeOf(source));
      const layout = lstatSync(join(newest(THIRD), '.layout'));
      expect(layout.nlink).toBe(3);
      const fourth = await backUp({ source, location: ours, stamp: '2026-11-21-02-00-00', style });
      expect(fourth).toMatchObject({ copied: 0, gone: 0 });
    });
  });

  it('that later states share are continued by it', async () => {
    const { source, ours, filestorage } = await site();
    writeBlobs(source, [0, 1]);
    writeFileSync(join(filestorage, `${FIRST}.fsz`), '');
    await backUp({ source, location: ours, stamp: FIRST, style: POOL });
    writeBlobs(source, [2]);
    await backUp({ source, location: ours, stamp: SECOND, style: POOL, changes: changesSince(FIRST, [2]) });
    await recipeBackup(source, ours, filestorage, THIRD);
    expect(full(innerOf(ours, THIRD))).toEqual(full(innerOf(ours, FIRST)));
  });

  it('leave out with patterns what rsync leaves out', async () => {
    const { root, source, ours } = await site();
    writeBlobs(source, [1]);
    const names = [
      'a.bak',
      'notes/a.bak',
      'notes/b',
      'cache/x',
      'notes/cache/y',
      'deep/er/z1',
      'deep/er/zz',
      '[x]',
      'tmpl',
    ];
    for (const name of names) {
      mkdirSync(join(source, name, '..'), { recursive: true });
      writeFileSync(join(source, name), name);
    }
    const lists = [
      ['*.bak'],
      ['/blobstorage/cache/'],
      ['cache/'],
      ['er/z?'],
      ['deep/**'],
      ['deep/***'],
      ['**/er/z[0-9]'],
      ['z[!0-9]'],
      ['/blobstorage/notes/*'],
      ['notes/b', 'tm*'],
      ['\\[x\\]'],
      ['**.bak'],
      ['b/', 'z'],
    ];
    for (const [number, exclude] of lists.entries()) {
      const day = String(number + 1).padStart(2, '0');
      const stamp = `2026-10-${day}-00-00-00`;
      await backUp({ source, location: ours, stamp, exclude });
      const theirs = join(root, `rsync-${number}`);
      execFileSync('rsync', [
        '-a',
        ...exclude.map((pattern) => `--exclude=${pattern}`),
        source,
        `${theirs}/`,
      ]);
      const [mine, its] = [innerOf(ours, stamp), join(theirs, 'blobstorage')].map((tree) =>
        Object.keys(treeOf(tree)),
      );
      expect(mine, exclude.join(' ')).toEqual(its);
    }
  });
});
