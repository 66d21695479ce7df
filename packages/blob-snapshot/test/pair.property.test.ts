import { BlobReferences } from '@holdfast/filestorage';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BlobEntry, BlobFile } from '../src/entry.js';
import { checkPair } from '../src/pair.js';

const hex = (value: number) => value.toString(16).padStart(16, '0');
const strip = (value: string) => `0x${value.replace(/^(?:00){0,7}/, '')}`;
const blobs = fc.uniqueArray(fc.record({ oid: fc.nat(50).map(hex), tid: fc.nat(9).map(hex) }), {
  selector: ({ oid, tid }) => `${oid} ${tid}`,
  maxLength: 300,
});

function fileOf({ oid, tid }: { oid: string; tid: string }, size = 7): BlobFile {
  const path = `${strip(oid)}/${strip(tid)}.blob`;
  return { kind: 'file', path, mode: 0o400, uid: 0, gid: 0, mtimeMs: 0, size, sha256: undefined };
}

const layoutFile: BlobEntry = { ...fileOf({ oid: hex(1), tid: hex(1) }), path: '.layout' };

describe('the check of the pair', () => {
  test('finds what is missing, what is an orphan and what is newer, as sets do', async () => {
    await fc.assert(
      fc.asyncProperty(blobs, blobs, async (referred, there) => {
        const key = ({ oid, tid }: { oid: string; tid: string }) => `${oid} ${tid}`;
        const lastTid = hex(7);
        const found = await checkPair(
          BlobReferences.of(referred),
          [layoutFile, ...there.map((b) => fileOf(b))],
          { lastTid },
        );
        const files = new Set(there.map(key));
        const wanted = new Set(referred.map(key));
        const missing = referred.filter((blob) => !files.has(key(blob)));
        const extra = there.filter((blob) => !wanted.has(key(blob)));
        const orphans = extra.filter(({ tid }) => tid <= lastTid);
        expect(found.references).toBe(referred.length);
        expect(found.missing.count).toBe(missing.length);
        expect(found.missing.items).toEqual(missing.slice(0, 100));
        expect(found.orphans.count).toBe(orphans.length);
        expect(found.orphans.bytes).toBe(orphans.length * 7);
        expect(found.orphans.paths).toEqual(orphans.map((blob) => fileOf(blob).path).slice(0, 100));
        expect(found.newer).toBe(extra.length - orphans.length);
        expect(found.fits).toBe(missing.length === 0);
      }),
    );
  });

  test('asks what is wrong with a file only where the Data.fs refers to it', async () => {
    const [a, b] = [
      { oid: hex(1), tid: hex(1) },
      { oid: hex(2), tid: hex(1) },
    ];
    const inspect = ({ size }: BlobFile) => (size === 7 ? undefined : `it has ${size} bytes`);
    const report = await checkPair(BlobReferences.of([a]), [fileOf(a, 3), fileOf(b, 3)], { inspect });
    expect(report.wrong).toEqual({ count: 1, items: [{ path: '0x01/0x01.blob', reason: 'it has 3 bytes' }] });
    expect(report.fits).toBe(false);
    expect((await checkPair(BlobReferences.of([a]), [fileOf(a)], { inspect })).fits).toBe(true);
  });
});
