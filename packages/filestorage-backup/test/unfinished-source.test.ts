import { truncate } from 'node:fs/promises';
import { FaultyFileSystem } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { Site } from './support/site.js';

const CHECKPOINT_STATUS = 16;

/** Bytes of a transaction that was voted, but not finished. */
function voted(whole: Buffer, start: number): Buffer {
  const transaction = Buffer.from(whole.subarray(start));
  transaction.write('c', CHECKPOINT_STATUS);
  return transaction;
}

test.each([4, 10, 20])(
  'a storage without transactions, %i bytes long, is backed up with its magic',
  async (size) => {
    const site = await Site.make();
    const magic = Buffer.from('FS30');
    await site.write(Buffer.concat([magic, Buffer.alloc(size - 4)]));
    expect(await site.backup()).toMatchObject({ kind: 'full', start: 0, end: 4 });
    expect(await site.restore()).toEqual(magic);
    expect((await site.verify()).sound).toBe(true);
    expect(await site.backup()).toMatchObject({ kind: 'nothing' });
    const other = await Site.make();
    await site.write(await other.bytes());
    expect(await site.backup()).toMatchObject({ kind: 'increment', start: 4 });
    expect(await site.restore()).toEqual(await other.bytes());
  },
);

test.each(['full', 'increment'])(
  'a commit that is aborted during the copy is left out of the %s',
  async (kind) => {
    const site = await Site.make();
    if (kind === 'increment') await site.backup();
    const whole = await site.grow(3);
    const later = await site.grow(1, 5);
    await site.write(Buffer.concat([whole, voted(later, whole.length)]));
    const fs = new FaultyFileSystem();
    // The abort cuts the file after the backup has taken its size and read the magic and the checkpoints.
    fs.before('create', () => truncate(site.source, whole.length), { path: /fsz/ });
    expect(await site.backup({}, site.engine(fs))).toMatchObject({ kind, end: whole.length, warnings: [] });
    expect(await site.restore()).toEqual(whole);
    expect((await site.verify()).sound).toBe(true);
  },
);
