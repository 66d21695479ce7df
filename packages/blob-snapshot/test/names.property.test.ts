import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  parseBlobName,
  parsePoolManifestName,
  poolManifestName,
  stampTime,
  timeStamp,
} from '../src/names.js';
import { referenceOf } from '../src/references.js';

const stamps = fc
  .integer({ min: 0, max: Date.UTC(2200, 0) / 1000 })
  .map((seconds) => timeStamp(seconds * 1000));
const bases = fc.stringMatching(/^[a-zA-Z0-9_-][a-zA-Z0-9_.-]{0,20}$/);
const endings = fc.constantFrom(
  ['', 'tree', false],
  ['.tar', 'archive', false],
  ['.tar.gz', 'archive', true],
  ['.delta.tar', 'delta', false],
  ['.delta.tar.gz', 'delta', true],
  ['.snar', 'snar', false],
);

describe('names of blob backups', () => {
  test('with stamps are read back whole, whatever the base', () => {
    fc.assert(
      fc.property(bases, stamps, endings, (base, stamp, [ending, kind, gzip]) => {
        const name = `${base}.${stamp}${ending}`;
        expect(parseBlobName(name)).toEqual({ name, kind, base, stamp, number: undefined, gzip });
      }),
    );
  });

  test('with numbers are trees and plain archives only', () => {
    fc.assert(
      fc.property(bases, fc.nat({ max: 999_999_999 }), endings, (base, number, [ending, kind, gzip]) => {
        const found = parseBlobName(`${base}.${number}${ending}`);
        if (kind === 'delta' || kind === 'snar') expect(found?.kind === kind).toBe(false);
        else expect(found).toMatchObject({ kind, base, number, gzip, stamp: undefined });
      }),
    );
  });

  test.each([
    'blobstorage',
    'blobstorage.',
    'blobstorage.01',
    'blobstorage.-1',
    'blobstorage.1e3',
    'blobstorage.2026-02-30-00-00-00',
    'blobstorage.2026-01-01-24-00-00',
    'blobstorage.2026-01-01-00-00-00.zip',
    'blobstorage.2026-01-01-00-00-00.tar.bz2',
    'blobstorage.2026-01-01-00-00-00 ',
    'blobstorage.2026-01-01-00-00-00\n',
    '.2026-01-01-00-00-00',
    '.hidden.0',
    'latest',
    '2026-01-01-00-00-00',
  ])('%j is none', (name) => {
    expect(parseBlobName(name)).toBeUndefined();
  });

  test('any text is either none, or spelled as its parts say', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const found = parseBlobName(name);
        if (found !== undefined)
          expect(name.startsWith(`${found.base}.${found.stamp ?? found.number}`)).toBe(true);
      }),
    );
  });

  test('stamps and times belong together, also in delta manifests', () => {
    fc.assert(
      fc.property(stamps, (stamp) => {
        expect(timeStamp(stampTime(stamp)!)).toBe(stamp);
        expect(parsePoolManifestName(poolManifestName(stamp))).toBe(stamp);
      }),
    );
    expect(parsePoolManifestName('2026-02-30-00-00-00.delta.holdfast')).toBeUndefined();
    expect(parsePoolManifestName('manifest.holdfast')).toBeUndefined();
  });
});

const hex16 = fc
  .bigInt({ min: 0n, max: 2n ** 64n - 1n })
  .map((value) => value.toString(16).padStart(16, '0'));
const stripped = (hex: string) => `0x${hex.replace(/^(?:00){0,7}/, '')}`;

describe('paths of blobs', () => {
  test('give the reference back in both layouts', () => {
    fc.assert(
      fc.property(hex16, hex16, (oid, tid) => {
        const bushy = `${oid.replace(/../g, (byte) => `0x${byte}/`)}${stripped(tid)}.blob`;
        const lawn = `${stripped(oid)}/${stripped(tid)}.blob`;
        expect(referenceOf(bushy)).toEqual({ oid, tid });
        expect(referenceOf(bushy, 'bushy')).toEqual({ oid, tid });
        expect(referenceOf(bushy, 'lawn')).toBeUndefined();
        expect(referenceOf(lawn)).toEqual({ oid, tid });
        expect(referenceOf(lawn, 'bushy')).toBeUndefined();
      }),
    );
  });

  test.each([
    '0x0/0x01.blob',
    '0x0001/0x01.blob',
    '0x01/0x0001.blob',
    '0x01/0x01.blob/x',
    '/0x01/0x01.blob',
    '0x01/0x01.blob\n',
    '0xAB/0x01.blob',
    '0x01/01.blob',
    '0x01/0x01.tmp',
    '.layout',
    'tmp/BLOBabc.tmp',
    '0x00/0x00/0x00/0x00/0x00/0x00/0x00/0x01.blob',
  ])('%j is none', (path) => {
    expect(referenceOf(path)).toBeUndefined();
  });
});
