import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { sampleStorage } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { Site } from './support/site.js';

test.each([true, false])(
  'a file of several segments whose record was lost is measured in their order, gzip %s',
  async (gzip) => {
    const site = await Site.make();
    await rm(site.source);
    // A long segment and a short one, whose digest is ready first.
    await sampleStorage(nodeFileSystem, site.source, { documents: 5, transactions: 5, bodySize: 500_000 });
    const bytes = await site.bytes();
    expect(bytes.length).toBeGreaterThan(4 << 20);
    await site.backup({ gzip });
    for (const name of await readdir(site.repository))
      if (name.endsWith('.holdfast')) await rm(join(site.repository, name));
    const newest = await site.grow(1);
    expect(await site.backup({ gzip })).toMatchObject({ kind: 'increment' });
    for (const level of ['stored', 'deep'] as const)
      expect(await site.verify(level), level).toMatchObject({ sound: true, problems: [] });
    const [first, second] = await site.restoreAll();
    expect(first!.equals(bytes)).toBe(true);
    expect(second!.equals(newest)).toBe(true);
  },
);
