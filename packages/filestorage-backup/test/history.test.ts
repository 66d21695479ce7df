import { describe, expect, test } from 'vitest';
import { judgeHistory, type KnownHistory, type ObservedHistory } from '../src/history.js';

const known: KnownHistory = {
  landmarks: ['0000000000000001', '0000000000000005', '0000000000000009'],
  last: { tid: '0000000000000009', oids: ['0000000000000002'] },
};

const seen: ObservedHistory = {
  landmarksSeen: 2,
  lastSeen: false,
  before: { packed: true },
  after: { packed: true },
  olderObject: undefined,
};

describe('judgeHistory', () => {
  test('a source with the last backed-up transaction is the same history', () => {
    expect(judgeHistory(known, { ...seen, lastSeen: true, before: { packed: false } })).toEqual({
      kind: 'same',
    });
  });

  test('so is one from which a pack removed it', () => {
    expect(judgeHistory(known, seen)).toEqual({ kind: 'same' });
  });

  test('so is anything after an empty storage', () => {
    const nothing = { landmarks: [], last: undefined };
    expect(judgeHistory(nothing, { ...seen, landmarksSeen: 0 })).toEqual({ kind: 'same' });
  });

  test('a storage without a common transaction is another one', () => {
    expect(judgeHistory(known, { ...seen, landmarksSeen: 0 })).toMatchObject({
      kind: 'other',
      reason: expect.stringContaining('no transaction in common'),
    });
  });

  test('an older state is told, also when it was packed', () => {
    const older = { ...seen, after: undefined, olderObject: '0000000000000002' };
    expect(judgeHistory(known, older)).toMatchObject({
      kind: 'other',
      reason: expect.stringContaining('0x0000000000000002'),
    });
    const unpacked = { ...seen, after: undefined, before: { packed: false } };
    expect(judgeHistory(known, unpacked)).toMatchObject({
      kind: 'other',
      reason: expect.stringContaining('ends before'),
    });
  });

  test('a state that went on from an older one is told', () => {
    const forked = { ...seen, before: { packed: false } };
    expect(judgeHistory(known, forked)).toMatchObject({
      kind: 'other',
      reason: expect.stringContaining('went on without'),
    });
  });
});
