import { LockFile } from './barman-lock-file.js';
import { joinPath } from './python-path.js';

// The names are Barman 3.19's; docs/formats/locks.md, "Barman", has them as a table. A pattern is anchored at its
// start only, and `[^\n]` is what `.` means to Python.

/** `.cron.lock`: one cron run at a time. */
export class GlobalCronLock extends LockFile {
  constructor(lockDirectory: string) {
    super(joinPath(lockDirectory, '.cron.lock'));
  }
}

/** `.config-update.lock`: one update of the configuration at a time. */
export class ConfigUpdateLock extends LockFile {
  constructor(lockDirectory: string) {
    super(joinPath(lockDirectory, '.config-update.lock'));
  }
}

/** `.SERVER-backup.lock`: one backup of a server at a time. */
export class ServerBackupLock extends LockFile {
  static override readonly LOCK_PATTERN = /^\.(?<serverName>[^\n]+)-backup\.lock/;

  constructor(lockDirectory: string, serverName: string) {
    super(joinPath(lockDirectory, `.${serverName}-backup.lock`));
  }
}

/** `.SERVER-cron.lock`: one cron run of a server at a time. */
export class ServerCronLock extends LockFile {
  static override readonly LOCK_PATTERN = /^\.(?<serverName>[^\n]+)-cron\.lock/;

  constructor(lockDirectory: string, serverName: string) {
    super(joinPath(lockDirectory, `.${serverName}-cron.lock`));
  }
}

/** `.SERVER-xlogdb.lock`: the server's list of WAL files; waits. */
export class ServerXLOGDBLock extends LockFile {
  constructor(lockDirectory: string, serverName: string) {
    super(joinPath(lockDirectory, `.${serverName}-xlogdb.lock`), { wait: true });
  }
}

/** `.SERVER-archive-wal.lock`: one archiver of a server at a time. */
export class ServerWalArchiveLock extends LockFile {
  static override readonly LOCK_PATTERN = /^\.(?<serverName>[^\n]+)-archive-wal\.lock/;

  constructor(lockDirectory: string, serverName: string) {
    super(joinPath(lockDirectory, `.${serverName}-archive-wal.lock`));
  }
}

/** `.SERVER-receive-wal.lock`: one receiver of a server at a time. */
export class ServerWalReceiveLock extends LockFile {
  static override readonly LOCK_PATTERN = /^\.(?<serverName>[^\n]+)-receive-wal\.lock/;

  constructor(lockDirectory: string, serverName: string) {
    super(joinPath(lockDirectory, `.${serverName}-receive-wal.lock`));
  }
}

/** `.SERVER-BACKUP.lock`: a backup that is in use may not be changed. */
export class ServerBackupIdLock extends LockFile {
  constructor(lockDirectory: string, serverName: string, backupId: string) {
    super(joinPath(lockDirectory, `.${serverName}-${backupId}.lock`));
  }
}

/** `.SERVER-BACKUP-sync-backup.lock`: one copy of a backup to a passive node at a time. */
export class ServerBackupSyncLock extends LockFile {
  static override readonly LOCK_PATTERN = /^\.(?<serverName>[^\n]+?)-(?<backupId>[^\n]+?)-sync-backup\.lock/;

  constructor(lockDirectory: string, serverName: string, backupId: string) {
    super(joinPath(lockDirectory, `.${serverName}-${backupId}-sync-backup.lock`));
  }
}

/** `.SERVER-sync-wal.lock`: one copy of WAL files to a passive node at a time; waits. */
export class ServerWalSyncLock extends LockFile {
  static override readonly LOCK_PATTERN = /^\.(?<serverName>[^\n]+)-sync-wal\.lock/;

  constructor(lockDirectory: string, serverName: string) {
    super(joinPath(lockDirectory, `.${serverName}-sync-wal.lock`), { wait: true });
  }
}
