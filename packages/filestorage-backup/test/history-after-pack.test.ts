import type { RecordHeader, TransactionHeader } from '@holdfast/filestorage';
import { describe, expect, test } from 'vitest';
import { HistoryCollector, judgeHistory, type ObservedHistory } from '../src/history.js';
import { historyOf } from '../src/known-files.js';
import type { FileRecord } from '../src/record.js';

const known = {
  landmarks: ['0000000000000005'],
  last: { tid: '0000000000000009', oids: ['0000000000000002'] },
};
const packedAway: ObservedHistory = {
  landmarksSeen: 1,
  lastSeen: false,
  before: { packed: true },
  after: { packed: true },
  olderObject: undefined,
};

describe('a packed storage without the last backed-up transaction', () => {
  test('is the same history when what followed it was packed too', () => {
    expect(judgeHistory(known, packedAway)).toEqual({ kind: 'same' });
  });

  test('was cut when nothing follows it', () => {
    expect(judgeHistory(known, { ...packedAway, after: undefined })).toMatchObject({
      reason: expect.stringContaining('ends before'),
    });
  });

  test('was cut and went on when what follows was never packed', () => {
    expect(judgeHistory(known, { ...packedAway, after: { packed: false } })).toMatchObject({
      reason: expect.stringContaining('went on without'),
    });
  });
});

describe('what is recorded of a history', () => {
  const transaction = (tid: bigint) => ({ tid }) as TransactionHeader;
  const record = (oid: number, dataLength: number, backPointer?: number) =>
    ({ oidPrefix: 0, oidSuffix: oid, dataLength, backPointer }) as RecordHeader;

  function collect(...transactions: readonly (readonly [bigint, ...RecordHeader[]])[]): FileRecord {
    const history = new HistoryCollector();
    for (const [tid, ...records] of transactions) {
      history.transaction(transaction(tid));
      for (const each of records) history.record(each);
    }
    return { last: history.last, landmarks: history.landmarks } as FileRecord;
  }

  const writing = collect([1n, record(1, 10), record(2, 0, 4)]);
  const deleting = collect([2n, record(1, 10)], [3n, record(2, 0, 0)]);
  const onlyDeleting = collect([4n, record(1, 0, 0)]);

  test('goes by the last transaction that wrote data, for the next pack removes a deletion without a trace', () => {
    const oids = (...numbers: readonly number[]) => numbers.map((oid) => `000000000000000${oid}`);
    expect(historyOf([writing]).last).toEqual({ tid: '0000000000000001', oids: oids(1, 2) });
    expect(historyOf([writing, deleting]).last).toEqual({ tid: '0000000000000002', oids: oids(1) });
    expect(historyOf([writing, deleting, onlyDeleting]).last?.tid).toBe('0000000000000002');
    expect(historyOf([onlyDeleting]).last).toBeUndefined();
  });

  test('keeps the very last transaction for reports', () => {
    expect(deleting.last?.tid).toBe('0000000000000003');
    expect(onlyDeleting.last?.tid).toBe('0000000000000004');
  });
});
