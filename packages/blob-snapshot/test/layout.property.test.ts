import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeFileSystem } from '@holdfast/durable-fs';
import { temporaryDirectory } from '@holdfast/test-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blobPath, isBlobPath, parseBlobPath, readLayout } from '../src/layout.js';

const hex = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => value.toString(16).padStart(16, '0'));
const near = fc.string({ unit: fc.constantFrom('0', '0x', '/', 'a', '00', '.blob', 'F'), maxLength: 24 });

describe.each(['bushy', 'lawn'] as const)('layout %s', (layout) => {
  it('a path tells the blob that it was made of', () => {
    fc.assert(
      fc.property(hex, hex, (oid, tid) => {
        const path = blobPath(layout, { oid, tid });
        expect(parseBlobPath(layout, path)).toEqual({ oid, tid });
        expect(isBlobPath(layout, path)).toBe(true);
      }),
    );
  });

  it('no other path is one, and both ways to ask agree', () => {
    fc.assert(
      fc.property(hex, hex, near, fc.nat(90), (oid, tid, text, at) => {
        const path = blobPath(layout, { oid, tid });
        for (const other of [
          text,
          path.slice(0, at) + text + path.slice(at),
          path.slice(at),
          path.slice(0, at),
        ]) {
          const parsed = parseBlobPath(layout, other);
          expect(isBlobPath(layout, other)).toBe(parsed !== undefined);
          if (parsed !== undefined) expect(blobPath(layout, parsed)).toBe(other);
        }
      }),
    );
  });
});

describe('readLayout', () => {
  it.each([
    ['bushy\n', ['x'], 'bushy'],
    ['lawn', [], 'lawn'],
    [undefined, [], 'bushy'],
    [undefined, ['.hidden'], 'bushy'],
    [undefined, ['0x01'], 'lawn'],
  ])('of the marker %j beside %j is as ZODB decides', async (marker, names, expected) => {
    const directory = await temporaryDirectory();
    for (const name of names) mkdirSync(join(directory, name));
    if (marker !== undefined) writeFileSync(join(directory, '.layout'), marker);
    expect(await readLayout(nodeFileSystem, directory)).toBe(expected);
  });

  it('of a directory that is not there is bushy; of another marker an error', async () => {
    const directory = await temporaryDirectory();
    expect(await readLayout(nodeFileSystem, join(directory, 'none'))).toBe('bushy');
    writeFileSync(join(directory, '.layout'), 'flat');
    await expect(readLayout(nodeFileSystem, directory)).rejects.toMatchObject({ code: 'blobs.layout' });
  });
});
