import type { RunEntry } from '@holdfast/backup';
import { expect, test } from 'vitest';
import { statusData } from '../src/status-data.js';
import { verdictOf } from '../src/verdict/verdict.js';
import { checkedAgo, NOW, runAgo, setAged, statusOf } from './support/statuses.js';

const unjudged = statusOf([setAged(6, { verified: checkedAgo(5) })], {
  runs: [runAgo(6)],
  locks: [{ what: 'storage', path: '/site/var/filestorage/Data.fs.lock', state: 'free', holder: undefined }],
  blobStorage: '/site/var/blobstorage',
});
const status = { ...unjudged, verdict: verdictOf(unjudged, NOW) };

test('times are ISO 8601, and nothing is left out for being unknown', () => {
  const data = statusData(status);
  expect(data).toMatchObject({
    storage: 'main',
    kind: 'filestorage',
    time: '2026-11-21T08:00:00.000Z',
    source: { present: true, last: { tid: '040f0e0000000000', time: '2026-11-21T07:00:00.000Z' } },
    newest: '2026-11-21-02-00-00',
    verified: { set: '2026-11-21-02-00-00', time: '2026-11-21T03:00:00.000Z', level: 'deep', sound: true },
    uncovered: { bytes: 5_000_000, since: '2026-11-21T02:00:00.000Z' },
    sets: [{ id: '2026-11-21-02-00-00', time: '2026-11-21T02:00:00.000Z', blobs: null, problem: null }],
    runs: [{ kind: 'backup', seconds: 60, code: null, set: null }],
    locks: [{ what: 'storage', state: 'free', holder: null }],
  });
  expect(JSON.parse(JSON.stringify(data))).toEqual(data);
});

test('paths are told only to those who ask on this machine', () => {
  expect(JSON.stringify(statusData(status))).not.toContain('/site');
  const data = statusData(status, { paths: true });
  expect(data).toMatchObject({
    source: { path: '/site/var/filestorage/Data.fs' },
    blobStorage: '/site/var/blobstorage',
    locks: [{ path: '/site/var/filestorage/Data.fs.lock' }],
  });
});

test('the state reaches to the last run that found nothing new, or to the set itself', () => {
  const of = (runs: readonly RunEntry[]) => {
    const found = statusOf([setAged(51)], { runs });
    return statusData({ ...found, verdict: verdictOf(found, NOW) }).coveredUntil;
  };
  expect(of([])).toBe('2026-11-19T05:00:00.000Z');
  expect(of([runAgo(6, { set: setAged(51).id })])).toBe('2026-11-21T01:59:00.000Z');
});
