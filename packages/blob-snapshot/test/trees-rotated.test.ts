import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backUp, namesIn, ROTATED } from './support/backup.js';
import { STAMPS, treeOf, writeBlobs } from './support/scene.js';
import { site } from './support/tree-site.js';

const [FIRST, SECOND, THIRD] = STAMPS;

describe('rotated trees', () => {
  it('move on by one each time', async () => {
    const { source, location } = await site();
    const before: object[] = [];
    for (const stamp of STAMPS) {
      writeBlobs(source, [before.length + 10]);
      await backUp({ source, location, stamp, style: ROTATED });
      before.unshift(treeOf(source));
    }
    expect(namesIn(location)).toEqual(['blobstorage.0', 'blobstorage.1', 'blobstorage.2']);
    before.forEach((tree, number) => {
      expect(treeOf(join(location, `blobstorage.${number}/blobstorage`))).toEqual(tree);
    });
  });

  it('go on after a gap that a killed rotation left', async () => {
    const { source, location } = await site();
    await backUp({ source, location, stamp: FIRST, style: ROTATED });
    await backUp({ source, location, stamp: SECOND, style: ROTATED });
    execFileSync('mv', [join(location, 'blobstorage.1'), join(location, 'blobstorage.2')]);
    const summary = await backUp({ source, location, stamp: THIRD, style: ROTATED });
    expect(summary).toMatchObject({ linked: 4, copied: 0 });
    expect(namesIn(location)).toEqual(['blobstorage.0', 'blobstorage.1', 'blobstorage.2']);
  });
});
