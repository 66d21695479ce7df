import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { BARMAN_KINDS, type BarmanKind, LockFile } from '../src/index.js';

test('every kind of Barman’s locks has a name for the command line', () => {
  const names = Object.entries(BARMAN_KINDS).map(([kind, entry]: [string, BarmanKind]) => {
    const lock = entry.build('/b', 'main', 'ID');
    expect(lock).toBeInstanceOf(LockFile);
    for (const [parameter, value] of [
      ['server', 'main'],
      ['backup', 'ID'],
    ] as const) {
      expect(basename(lock.filename).includes(value)).toBe(entry.parameters.includes(parameter));
    }
    return `${kind} ${basename(lock.filename)}`;
  });
  expect(names).toEqual([
    'cron .cron.lock',
    'config-update .config-update.lock',
    'server-backup .main-backup.lock',
    'server-cron .main-cron.lock',
    'server-xlogdb .main-xlogdb.lock',
    'server-archive-wal .main-archive-wal.lock',
    'server-receive-wal .main-receive-wal.lock',
    'server-sync-wal .main-sync-wal.lock',
    'server-backup-id .main-ID.lock',
    'server-sync-backup .main-ID-sync-backup.lock',
  ]);
});
