import { stampOf } from '@holdfast/filestorage-backup';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BlobPart, FilestoragePart, SetRecord } from '../src/set-record.js';
import { parseSetRecord, printSetRecord } from '../src/sets/record-text.js';

const stamp = fc.integer({ min: 0, max: 4e12 }).map(stampOf);
const size = fc.maxSafeNat();
const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((d) => d.join(''));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const filestorage: fc.Arbitrary<FilestoragePart> = fc
  .record({ at: stamp, full: fc.boolean(), gzip: fc.boolean(), start: fc.nat(), length: fc.nat() })
  .chain(({ at, full, gzip, start, length }) =>
    fc.record({
      name: fc.constant(`${at}.${full ? '' : 'delta'}fs${gzip ? 'z' : ''}`),
      chain: stamp,
      kind: fc.constant(full ? ('full' as const) : ('increment' as const)),
      start: fc.constant(start),
      end: fc.constant(start + length),
      storedSize: size,
      transactions: size,
      tid: maybe(hex(16)),
      lineage: maybe(fc.string()),
      md5: hex(32),
    }),
  );

const blobs: fc.Arbitrary<BlobPart> = fc.record({
  id: fc.string({ minLength: 1 }).filter((id) => !/[/\0]/.test(id) && id !== '.' && id !== '..'),
  style: fc.constantFrom('tree', 'pool', 'archive', 'delta'),
  files: size,
  bytes: size,
  addedFiles: size,
  addedBytes: size,
  missing: size,
  missingBlobs: fc.array(fc.record({ oid: hex(16), tid: hex(16) }), { maxLength: 3 }),
  manifestSha256: fc.string(),
});

const record: fc.Arbitrary<SetRecord> = fc.record({
  version: fc.constant(1),
  id: stamp,
  kind: fc.constantFrom('backup', 'snapshot', 'zip'),
  startedMs: size,
  finishedMs: size,
  parts: fc.uniqueArray(
    fc.record({
      storage: fc.string({ unit: 'grapheme' }),
      filestorage: maybe(filestorage),
      blobs: maybe(blobs),
    }),
    { selector: ({ storage }) => storage, maxLength: 4 },
  ),
});

test('what is printed is read back', () => {
  fc.assert(
    fc.property(record, (value) => {
      expect(parseSetRecord(printSetRecord(value))).toEqual({ value });
    }),
  );
});

test('no text makes the reader throw', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    record
      .map(printSetRecord)
      .chain((whole) =>
        fc
          .tuple(fc.nat(whole.length), fc.string({ maxLength: 3 }))
          .map(([at, put]) => whole.slice(0, at) + put + whole.slice(at + 1)),
      ),
  );
  fc.assert(
    fc.property(text, (content) => {
      const parsed = parseSetRecord(content);
      expect(parsed.value !== undefined || 'reason' in parsed).toBe(true);
    }),
  );
});
