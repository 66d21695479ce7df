import type { LockFile } from './barman-lock-file.js';
import {
  ConfigUpdateLock,
  GlobalCronLock,
  ServerBackupIdLock,
  ServerBackupLock,
  ServerBackupSyncLock,
  ServerCronLock,
  ServerWalArchiveLock,
  ServerWalReceiveLock,
  ServerWalSyncLock,
  ServerXLOGDBLock,
} from './barman-locks.js';

export interface BarmanKind {
  /** How many names follow the lock directory: a server, and perhaps a backup id. */
  readonly parameters: readonly ('server' | 'backup')[];
  readonly build: (lockDirectory: string, server: string, backup: string) => LockFile;
}

/** Barman's locks by short names for a command line. */
export const BARMAN_KINDS = {
  cron: { parameters: [], build: (dir) => new GlobalCronLock(dir) },
  'config-update': { parameters: [], build: (dir) => new ConfigUpdateLock(dir) },
  'server-backup': { parameters: ['server'], build: (dir, server) => new ServerBackupLock(dir, server) },
  'server-cron': { parameters: ['server'], build: (dir, server) => new ServerCronLock(dir, server) },
  'server-xlogdb': { parameters: ['server'], build: (dir, server) => new ServerXLOGDBLock(dir, server) },
  'server-archive-wal': {
    parameters: ['server'],
    build: (dir, server) => new ServerWalArchiveLock(dir, server),
  },
  'server-receive-wal': {
    parameters: ['server'],
    build: (dir, server) => new ServerWalReceiveLock(dir, server),
  },
  'server-sync-wal': { parameters: ['server'], build: (dir, server) => new ServerWalSyncLock(dir, server) },
  'server-backup-id': {
    parameters: ['server', 'backup'],
    build: (dir, server, backup) => new ServerBackupIdLock(dir, server, backup),
  },
  'server-sync-backup': {
    parameters: ['server', 'backup'],
    build: (dir, server, backup) => new ServerBackupSyncLock(dir, server, backup),
  },
} as const satisfies Record<string, BarmanKind>;

export type BarmanKindName = keyof typeof BARMAN_KINDS;
