import { chmodSync, existsSync, linkSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BulkFiles, fsError, nodeBulkFiles } from '@holdfast/durable-fs';
import { describe, expect, it } from 'vitest';
import { prepareBlobs } from '../src/prepare.js';
import type { BlobItem } from '../src/request.js';
import { backUp, namesIn, TREE } from './support/backup.js';
import { engine, STAMPS, treeOf } from './support/scene.js';
import { inner, site } from './support/tree-site.js';

const [FIRST, SECOND] = STAMPS;

describe('what goes wrong', () => {
  it('a blob that vanishes between listing and copying ends the backup, to be tried again', async () => {
    const { source, location, paths } = await site();
    const copyFile: BulkFiles['copyFile'] = (from, to, options) => {
      if (from.endsWith(paths[1]!)) unlinkSync(from);
      return nodeBulkFiles.copyFile(from, to, options);
    };
    const on = { ...engine, bulk: { ...nodeBulkFiles, beside: undefined, copyFile } };
    await expect(backUp({ source, location, stamp: FIRST }, { on })).rejects.toMatchObject({
      code: 'blobs.vanished',
      path: join(source, paths[1]!),
      retryable: true,
    });
    expect(namesIn(location)).toEqual([]);
  });

  it('a blob that becomes a link is not followed', async () => {
    const { source, location, paths, root } = await site();
    writeFileSync(join(root, 'secret'), 'secret');
    const copyFile: BulkFiles['copyFile'] = (from, to, options) => {
      if (from.endsWith(paths[1]!)) {
        unlinkSync(from);
        symlinkSync(join(root, 'secret'), from);
      }
      return nodeBulkFiles.copyFile(from, to, options);
    };
    const summary = await backUp(
      { source, location, stamp: FIRST },
      { on: { ...engine, bulk: { ...nodeBulkFiles, beside: undefined, copyFile } } },
    );
    expect(summary.refused.items.map(({ entry }) => entry.path)).toEqual([paths[1]]);
    expect(existsSync(join(inner(location, FIRST), paths[1]!))).toBe(false);
  });

  it('lists every file that cannot be read, and makes no backup', async () => {
    const { source, location, paths } = await site();
    const copyFile: BulkFiles['copyFile'] = (from, to, options) => {
      if (paths.slice(0, 2).some((path) => from.endsWith(path)))
        throw fsError({ code: 'EACCES' }, 'open', from);
      return nodeBulkFiles.copyFile(from, to, options);
    };
    const on = { ...engine, bulk: { ...nodeBulkFiles, beside: undefined, copyFile } };
    const failure = backUp({ source, location, stamp: FIRST }, { on });
    await expect(failure).rejects.toMatchObject({ code: 'blobs.unreadable' });
    await expect(failure).rejects.toThrow(`${paths[0]}, ${paths[1]}`);
    expect(namesIn(location)).toEqual([]);
  });

  it('a directory that cannot be listed ends the backup, and its files are not taken for gone', async () => {
    const { source, location } = await site();
    await backUp({ source, location, stamp: FIRST });
    const readDirectory: BulkFiles['readDirectory'] = (path) => {
      if (path.startsWith(source) && path.endsWith('/0x02')) throw fsError({ code: 'EACCES' }, 'list', path);
      return nodeBulkFiles.readDirectory(path);
    };
    const on = { ...engine, bulk: { ...nodeBulkFiles, beside: undefined, readDirectory } };
    const items: string[] = [];
    const onItem = ({ action }: BlobItem) => items.push(action);
    const failure = backUp({ source, location, stamp: SECOND, onItem }, { on });
    await expect(failure).rejects.toMatchObject({ code: 'blobs.unreadable' });
    expect(items).toEqual(['refused']);
    expect(namesIn(location)).toEqual([`blobstorage.${FIRST}`, 'latest']);
  });

  it('a source that is not there', async () => {
    const { location, root } = await site();
    await expect(backUp({ source: join(root, 'none'), location, stamp: FIRST })).rejects.toMatchObject({
      code: 'fs.not-found',
    });
  });

  it('what was not published is gone after dispose', async () => {
    const { source, location } = await site();
    const prepared = await prepareBlobs(engine, { source, location, stamp: FIRST, style: TREE });
    expect(namesIn(location)).toEqual([`.holdfast-partial-blobstorage.${FIRST}`]);
    await prepared.dispose();
    await prepared.dispose();
    expect(namesIn(location)).toEqual([]);
  });

  it('never changes a file of the source', async () => {
    const { source, location, root } = await site();
    linkSync(join(source, '.layout'), join(root, 'other'));
    chmodSync(source, 0o750);
    const before = treeOf(source);
    for (const stamp of STAMPS) await backUp({ source, location, stamp });
    expect(treeOf(source)).toEqual(before);
  });
});
