import fc from 'fast-check';
import type { SampleTransaction } from './sample.js';

/** What a record can be told to hold; `undo` is the number of an earlier record of the same object, as far as there are any. */
type Wish =
  | { readonly kind: 'data'; readonly data: Uint8Array }
  | { readonly kind: 'undo'; readonly nth: number }
  | { readonly kind: 'delete' };

export interface TransactionWish {
  readonly status: ' ' | 'p' | 'u';
  readonly user: string;
  readonly description: string;
  readonly extension: string;
  readonly records: readonly { readonly oid: bigint; readonly wish: Wish }[];
}

const oid = fc.oneof(fc.bigInt({ min: 0n, max: 5n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
const wish: fc.Arbitrary<Wish> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('data' as const),
      data: fc.uint8Array({ minLength: 1, maxLength: 200 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('undo' as const), nth: fc.nat(10) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const) }) },
);
const text = fc.string({ maxLength: 30, unit: 'grapheme' });

/** Transactions of every status, with data, back pointers and deletions; some empty. */
export const transactionWishes: fc.Arbitrary<readonly TransactionWish[]> = fc.array(
  fc.record({
    status: fc.constantFrom(' ' as const, ' ' as const, 'p' as const, 'u' as const),
    user: text,
    description: text,
    extension: text,
    records: fc.array(fc.record({ oid, wish }), { maxLength: 6 }),
  }),
  { maxLength: 8 },
);

/** The same wishes as plain samples: an undo becomes a deletion, because a sample does not know positions. */
export function asSamples(wishes: readonly TransactionWish[]): SampleTransaction[] {
  return wishes.map(({ records, ...transaction }, i) => ({
    ...transaction,
    tid: BigInt(i + 1),
    records: records.map(({ oid, wish }) => ({ oid, content: wish.kind === 'data' ? wish.data : 0 })),
  }));
}

/** Where to cut a run of bytes into chunks, as parts of a million; often into very small ones. */
export const cuts = fc.oneof(
  fc.array(fc.nat(1_000_000), { maxLength: 12 }),
  fc.integer({ min: 1, max: 60 }).map((size) => size),
);

export function chunksOf(bytes: Uint8Array, how: number | readonly number[]): Uint8Array[] {
  const places =
    typeof how === 'number'
      ? Array.from({ length: Math.ceil(bytes.length / how) }, (_, i) => i * how)
      : how.map((part) => Math.floor((part / 1_000_000) * bytes.length)).sort((a, b) => a - b);
  return [0, ...places].map((start, i) => bytes.subarray(start, places[i] ?? bytes.length));
}
