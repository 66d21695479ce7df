import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LONGEST_TEXT } from '../src/lock-file.js';
import { describeOwner, formatRecord, type OwnerRecord, parseRecord } from '../src/owner-record.js';
import { parseStoragePid } from '../src/storage-lock.js';

const runs = { numRuns: 500 };

const text = fc.string({ unit: 'binary', maxLength: 200 });
const optional = fc.option(text, { nil: undefined });
const record: fc.Arbitrary<OwnerRecord> = fc.record({
  owner: fc.record({
    host: text,
    pid: fc.integer({ min: 1, max: 2 ** 31 }),
    processStart: optional,
    bootId: optional,
    command: text,
    since: text,
  }),
  kind: fc.constantFrom('kernel', 'lease'),
  token: optional,
  released: optional,
});

describe('the record of a holder', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(record, (value) => {
        expect(parseRecord(formatRecord(value))).toEqual(value);
      }),
      runs,
    );
  });

  test('that was cut short, or whose bytes were changed, is no record or one of the right types', () => {
    fc.assert(
      fc.property(record, fc.nat(), fc.nat(255), (value, at, byte) => {
        const bytes = Buffer.from(formatRecord(value));
        expect(parseRecord(bytes.subarray(0, at % (bytes.length - 1)).toString())).toBeUndefined();
        bytes[at % bytes.length] = byte;
        const parsed = parseRecord(bytes.toString());
        if (parsed === undefined) return;
        expect(typeof parsed.owner.host).toBe('string');
        expect(Number.isSafeInteger(parsed.owner.pid)).toBe(true);
      }),
      runs,
    );
  });

  test('is not found in any other text', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.json()), (value) => {
        expect(parseRecord(value)).toBeUndefined();
        const pid = parseStoragePid(value);
        expect(pid === undefined || Number.isSafeInteger(pid)).toBe(true);
      }),
      runs,
    );
  });

  test('fits into a lock’s text, however long the command', async () => {
    for (const char of ['x', '\u{1F512}', '\u0001', '"', '\ud800']) {
      const owner = await describeOwner(char.repeat(5000));
      const [token, released] = ['x'.repeat(36), owner.since];
      const size = Buffer.byteLength(formatRecord({ owner, kind: 'lease', token, released }));
      expect(size).toBeLessThan(LONGEST_TEXT);
    }
  });
});
