import { isHoldfastError } from '@holdfast/errors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  HEADER_SIZE,
  iterateTransactions,
  readRecordData,
  type ScanEnd,
  scanFile,
  TransactionScanner,
} from '../src/index.js';
import { asSamples, chunksOf, cuts, transactionWishes } from './support/arbitrary.js';
import { golden, goldenNames } from './support/golden.js';
import { MemoryFile } from './support/memory-file.js';
import { recorder, sampleStorage } from './support/sample.js';

const path = 'memory.fs';

/** Everything that a scan told, and how it ended. */
type Outcome = {
  readonly events: unknown[];
  readonly end?: ScanEnd;
  readonly code?: string;
  readonly offset?: number | undefined;
};

function scanChunks(bytes: Uint8Array, how: number | readonly number[], jumping = false): Outcome {
  const { events, visitor } = recorder();
  try {
    const scanner = new TransactionScanner({ path, start: HEADER_SIZE, limit: bytes.length, visitor });
    let skip = 0;
    let safe = HEADER_SIZE;
    for (const chunk of chunksOf(bytes.subarray(HEADER_SIZE), how)) {
      const used = Math.min(skip, chunk.length);
      skip -= used;
      scanner.push(chunk.subarray(used));
      if (jumping) skip += scanner.jump();
      expect(scanner.safeEnd).toBeGreaterThanOrEqual(safe);
      safe = scanner.safeEnd;
    }
    const end = scanner.finish();
    expect(safe).toBe(end.end);
    return { events, end };
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return { events, code: error.code, offset: error.offset };
  }
}

describe('in whatever pieces the bytes come', () => {
  test('the scan tells the same', async () => {
    const property = fc.asyncProperty(transactionWishes, cuts, fc.boolean(), async (wishes, how, jumping) => {
      const bytes = sampleStorage(asSamples(wishes));
      const whole = scanChunks(bytes, bytes.length);
      expect(whole.end).toMatchObject({ end: bytes.length, transactions: wishes.length, warnings: 0 });
      expect(scanChunks(bytes, how, jumping)).toEqual(whole);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  test('a cut or changed file gives the same tail or the same damage', async () => {
    const property = fc.asyncProperty(damagedStorage, cuts, fc.boolean(), async (bytes, how, jumping) => {
      expect(scanChunks(bytes, how, jumping)).toEqual(scanChunks(bytes, bytes.length));
    });
    await fc.assert(property, { numRuns: 500 });
  });
});

test('wherever a file is cut, the whole transactions before the cut are found', async () => {
  const property = fc.asyncProperty(transactionWishes, fc.nat(1_000_000), async (wishes, part) => {
    const bytes = sampleStorage(asSamples(wishes));
    const size = HEADER_SIZE + Math.floor((part / 1_000_001) * (bytes.length - HEADER_SIZE));
    const { events } = scanChunks(bytes, bytes.length);
    const ends = events.flatMap((e) =>
      (e as { event: string }).event === 'end' ? [(e as { header: { end: number } }).header.end] : [],
    );
    const expected = Math.max(HEADER_SIZE, ...ends.filter((end) => end <= size));
    const { end } = scanChunks(bytes.subarray(0, size), size);
    const kind = size === expected ? 'none' : size - expected < 23 ? 'unfinished' : 'truncated';
    expect(end).toMatchObject({ end: expected, tail: { kind, position: expected, bytes: size - expected } });
  });
  await fc.assert(property, { numRuns: 500 });
});

describe('whatever the bytes', () => {
  test('every reader ends, with a result or with damage that has an offset', async () => {
    const property = fc.asyncProperty(damagedStorage, async (bytes) => {
      const file = new MemoryFile(bytes);
      await endsWell(file, async () => {
        const { end, tail } = await scanFile(file);
        expect(end).toBeLessThanOrEqual(bytes.length);
        expect(tail.position).toBe(end);
        expect(end + tail.bytes).toBe(bytes.length);
      });
      await endsWell(file, () => readAll(file));
      // No header makes anybody read the same bytes again and again.
      expect(file.bytesRead).toBeLessThan(40 * bytes.length + 1000);
    });
    await fc.assert(property, { numRuns: 1000 });
  });
});

/** Golden or random storages with bytes changed, fields set to extremes, the end cut off. */
const damagedStorage: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.oneof(
      transactionWishes.map((wishes) => sampleStorage(asSamples(wishes))),
      fc.constantFrom(...goldenNames).map((name) => golden(name).bytes),
    ),
    fc.array(
      fc.tuple(fc.nat(1_000_000), fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 1 }), extreme())),
      { maxLength: 4 },
    ),
    fc.option(fc.nat(1_000_000)),
  )
  .map(([original, changes, cut]) => {
    const bytes = Buffer.from(original);
    for (const [part, values] of changes)
      bytes.set(values.subarray(0, bytes.length - at(bytes, part)), at(bytes, part));
    return bytes.subarray(0, cut === null ? bytes.length : Math.max(HEADER_SIZE, at(bytes, cut)));
  });

function at(bytes: Uint8Array, part: number): number {
  return Math.floor((part / 1_000_001) * bytes.length);
}

/** Eight bytes that make a length or pointer huge, zero, or just wrong. */
function extreme(): fc.Arbitrary<Uint8Array> {
  const values = [
    'ffffffffffffffff',
    '7fffffffffffffff',
    '0020000000000000',
    '001fffffffffffff',
    '00000000ffffffff',
    '0000000000000000',
  ];
  return fc.constantFrom(...values).map((hex) => Buffer.from(hex, 'hex'));
}

async function readAll(file: MemoryFile): Promise<void> {
  for await (const { records } of iterateTransactions(file)) {
    for await (const record of records()) for await (const _ of readRecordData(file, record));
  }
}

async function endsWell(file: MemoryFile, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    expect(error).toMatchObject({ code: 'filestorage.damaged', path: file.path, offset: expect.any(Number) });
    expect((error as { offset: number }).offset).toBeLessThanOrEqual(file.bytes.length);
  }
}
