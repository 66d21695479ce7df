import { describe, expect, test } from 'vitest';
import type { Options } from '../src/config.js';
import { retentionPolicy } from '../src/retention/policy.js';
import { none } from './support/retention-plans.js';

describe('the policy of a kind of backup', () => {
  const options = {
    keep: 2,
    keepBlobDays: 14,
    keepDaily: 7,
    keepWeekly: 0,
    keepMonthly: 0,
    keepYearly: 0,
    onlyBlobs: false,
    archiveBlob: false,
  };
  const policy = (more: Partial<Options>, kind: 'backup' | 'snapshot' | 'zip') =>
    retentionPolicy({ ...options, ...more } as Options, kind);

  test('of zip backups one stays', () => {
    expect(policy({}, 'zip')).toEqual({ ...none, keep: 1 });
  });

  test.each([
    ['with a filestorage', {}, 'backup', 0],
    ['of trees alone', { onlyBlobs: true }, 'backup', 14],
    ['of archives alone', { onlyBlobs: true, archiveBlob: true }, 'backup', 0],
    ['of snapshots alone', { onlyBlobs: true }, 'snapshot', 0],
  ] as const)('keep_blob_days %s', (_, more, kind, days) => {
    expect(policy(more, kind)).toEqual({ ...none, keep: 2, keepDaily: 7, keepBlobDays: days });
  });
});
