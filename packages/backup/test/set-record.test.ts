import { describe, expect, test } from 'vitest';
import type { SetRecord } from '../src/set-record.js';
import { parseSetFileName } from '../src/sets/names.js';
import { parseSetRecord, printSetRecord } from '../src/sets/record-text.js';

const record: SetRecord = {
  version: 1,
  id: '2026-11-20-02-00-05',
  kind: 'backup',
  startedMs: 1_795_140_000_000,
  finishedMs: 1_795_140_006_000,
  parts: [
    {
      storage: 'main',
      filestorage: {
        name: '2026-11-20-02-00-05.deltafsz',
        chain: '2026-11-15-02-00-00',
        kind: 'increment',
        start: 100,
        end: 250,
        storedSize: 90,
        transactions: 3,
        tid: '040d274a290810cc',
        lineage: 'f00d',
        md5: 'd41d8cd98f00b204e9800998ecf8427e',
      },
      blobs: {
        id: 'blobstorage.2026-11-15-02-00-00@2026-11-20-02-00-05',
        style: 'pool',
        files: 10,
        bytes: 1000,
        addedFiles: 1,
        addedBytes: 100,
        missing: 0,
        missingBlobs: [],
        manifestSha256: 'abc=',
      },
    },
  ],
};

/** The record as JSON, with another value at one place, as in `parts.0.blobs.id`. */
function changed(place: string, value: unknown): string {
  const fields = JSON.parse(printSetRecord(record)) as Record<string, unknown>;
  const names = place.split('.');
  const last = names.pop()!;
  const inner = names.reduce((at, name) => at[name] as Record<string, unknown>, fields);
  inner[last] = value;
  return JSON.stringify(fields);
}

describe('the text of a set record', () => {
  test.each(['later', 'parts.0.later', 'parts.0.filestorage.later', 'parts.0.blobs.later'])(
    'a member %s that is not known is passed over',
    (place) => {
      expect(parseSetRecord(changed(place, { of: 'all kinds' }))).toEqual({ value: record });
    },
  );

  test('torn anywhere, it is none, and says so', () => {
    const text = printSetRecord(record);
    for (let length = 0; length < text.length - 1; length++) {
      const { value, ...rest } = parseSetRecord(text.slice(0, length));
      expect(value).toBeUndefined();
      expect(rest).toMatchObject({ reason: expect.stringMatching(/torn|empty/) });
    }
  });

  test.each([
    ['another format', 'format', 'x', 'it is not the record of a set'],
    ['a later version', 'version', 2, 'its version is 2, not 1'],
    ['an id that is no time', 'id', '2026-13-20-02-00-05', 'id is no time stamp'],
    ['an unknown kind', 'kind', 'tape', 'kind is none of backup, snapshot, zip'],
    [
      'a negative size',
      'parts.0.filestorage.storedSize',
      -1,
      'parts[0].filestorage.storedSize is not a whole number',
    ],
    [
      'an end before the start',
      'parts.0.filestorage.end',
      99,
      'parts[0].filestorage.end is before its start',
    ],
    [
      'a name that leads out',
      'parts.0.filestorage.name',
      '../x.fs',
      'parts[0].filestorage.name is no name of a data file',
    ],
    ['a blob id that leads out', 'parts.0.blobs.id', '../x', 'parts[0].blobs.id is not what it should be'],
    ['the parent as blob id', 'parts.0.blobs.id', '..', 'parts[0].blobs.id is not what it should be'],
    ['a number as text', 'parts.0.blobs.files', '10', 'parts[0].blobs.files is not a whole number'],
    ['no list of parts', 'parts', {}, 'parts is not a list'],
    ['one storage twice', 'parts', [{ storage: 'main' }, { storage: 'main' }], 'a storage has two parts'],
  ])('%s is refused with the reason', (_, place, value, reason) => {
    expect(parseSetRecord(changed(place, value))).toEqual({ value: undefined, reason });
  });
});

describe('names of set files', () => {
  test.each(['set', 'keep', 'verified'])('2026-11-20-02-00-05.holdfast-%s is one', (ending) => {
    const kind = `.holdfast-${ending}`;
    expect(parseSetFileName(`2026-11-20-02-00-05${kind}`)).toEqual({ id: '2026-11-20-02-00-05', kind });
  });

  test.each([
    '2026-11-20-02-00-05.holdfast',
    '2026-13-20-02-00-05.holdfast-set',
    'x2026-11-20-02-00-05.holdfast-set',
    '2026-11-20-02-00-05.holdfast-set~',
    '2026-11-20-02-00-05.holdfast-sets',
  ])('%s is none', (name) => {
    expect(parseSetFileName(name)).toBeUndefined();
  });
});
