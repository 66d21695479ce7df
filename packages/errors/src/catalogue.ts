/**
 * Every error that Holdfast can end with, and the exit status it gives. This is the one place that maps the one
 * to the other; docs/errors.md shows the same table, and a test holds the two together.
 */

/** Exit statuses of the `holdfast` command. `repozo` compatibility commands use 0 and 1 only, as the original. */
export const EXIT = {
  ok: 0,
  /** Something failed that has no status of its own. */
  failure: 1,
  /** The command line or the configuration is wrong; nothing was touched. */
  usage: 2,
  /** Somebody else holds the storage or the repository; nothing was changed. */
  busy: 3,
  /** The source (a `Data.fs`, a blob directory) is missing, damaged or changed under our hands. */
  source: 4,
  /** The repository is missing, damaged, or a check of it failed. */
  repository: 5,
  /** Refused on purpose, because going on could lose data; the message says what to do. */
  refused: 6,
  /** The operating system said no: disk full, input/output error, permission. */
  system: 7,
  /** Stopped by the user or by a deadline. */
  cancelled: 8,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

interface CatalogueEntry {
  readonly exit: ExitStatus;
  /** What the code means, one sentence. */
  readonly meaning: string;
  /** What the operator can do, when the place that throws has nothing more exact to say. */
  readonly hint: string;
  /** Whether the same call can succeed later without anybody doing anything. */
  readonly retryable?: true;
}

const entries = {
  usage: {
    exit: EXIT.usage,
    meaning: 'The command line is wrong.',
    hint: 'Run the command with --help.',
  },
  cancelled: {
    exit: EXIT.cancelled,
    meaning: 'The work was cancelled before it was done; nothing was published.',
    hint: 'Run the command again.',
    retryable: true,
  },
  internal: {
    exit: EXIT.failure,
    meaning: 'A mistake in Holdfast itself.',
    hint: 'Please report it, with the command and the message.',
  },

  'fs.not-found': {
    exit: EXIT.system,
    meaning: 'A file or directory does not exist.',
    hint: 'Check the path.',
  },
  'fs.exists': {
    exit: EXIT.system,
    meaning: 'A file is there that must not be overwritten.',
    hint: 'Choose another name, or move the file away.',
  },
  'fs.permission': {
    exit: EXIT.system,
    meaning: 'The operating system denies access.',
    hint: 'Run as the user who owns the files, or give that user access.',
  },
  'fs.no-space': {
    exit: EXIT.system,
    meaning: 'The disk, the quota or the table of inodes is full.',
    hint: 'Free space (the error left nothing half-made behind), then run the command again.',
  },
  'fs.io': {
    exit: EXIT.system,
    meaning: 'The disk reported an input/output error.',
    hint: 'Look at the kernel log and at the health of the disk before anything else.',
  },
  'fs.read-only': {
    exit: EXIT.system,
    meaning: 'The file system is mounted read-only.',
    hint: 'Remount it for writing.',
  },
  'fs.too-many-open-files': {
    exit: EXIT.system,
    meaning: 'The limit of open files is reached.',
    hint: 'Raise `ulimit -n`.',
    retryable: true,
  },
  'fs.not-a-regular-file': {
    exit: EXIT.system,
    meaning: 'A directory, link, pipe or device stands where a regular file must be.',
    hint: 'Give the path of the file itself.',
  },
  'fs.short-read': {
    exit: EXIT.system,
    meaning: 'A file ended before the bytes that were asked for.',
    hint: 'Somebody shortened the file meanwhile; run the command again.',
    retryable: true,
  },
  'fs.cannot-link': {
    exit: EXIT.system,
    meaning: 'The file system cannot make this hard link.',
    hint: 'Use a directory on the same file system.',
  },
  'fs.failed': { exit: EXIT.system, meaning: 'A file operation failed.', hint: 'See the cause.' },

  'lock.busy': {
    exit: EXIT.busy,
    meaning: 'The lock is held by another process.',
    hint: 'Wait until that process has ended, or stop it.',
    retryable: true,
  },
  'lock.unavailable': {
    exit: EXIT.system,
    meaning: 'Kernel locks are not available here.',
    hint: 'Install koffi or util-linux, or use a file system that supports flock.',
  },
  'lock.permission': {
    exit: EXIT.system,
    meaning: 'The lock file cannot be opened or made.',
    hint: 'Give this user write access to the directory of the lock.',
  },
  'lock.not-a-regular-file': {
    exit: EXIT.system,
    meaning: 'Something that is not a regular file stands at the path of the lock.',
    hint: 'Move it away; lock files are plain files.',
  },
  'lock.lost': {
    exit: EXIT.busy,
    meaning:
      'The lock was lost while it was needed: its file was removed or replaced, or the lease was taken over.',
    hint: 'Nothing was published. Find out what removed the lock file, then run the command again.',
    retryable: true,
  },
  'lock.owner-unreadable': {
    exit: EXIT.failure,
    meaning: 'The lock file does not hold a process id.',
    hint: 'Look at the content of the lock file.',
  },

  'filestorage.bad-magic': {
    exit: EXIT.source,
    meaning: 'The file does not begin as a FileStorage does (FS21 or FS30).',
    hint: 'Check that this is the Data.fs.',
  },
  'filestorage.damaged': {
    exit: EXIT.source,
    meaning: 'The FileStorage holds bytes that no transaction can have.',
    hint: 'Do not pack it. Keep a copy, restore the last backup beside it and compare.',
  },
  'filestorage.index-unreadable': {
    exit: EXIT.source,
    meaning: 'The index file is not one that Holdfast can read.',
    hint: 'Delete the index; ZODB makes a new one at the next start.',
  },

  'gzip.damaged': {
    exit: EXIT.repository,
    meaning: 'A gzipped file does not decompress to what it says.',
    hint: 'Run `holdfast verify` to see which backups are affected.',
  },

  'source.missing': {
    exit: EXIT.source,
    meaning: 'There is no Data.fs at this path.',
    hint: 'Give its path with --datafs, or run the command in the directory of the site.',
  },
  'source.shrank': {
    exit: EXIT.source,
    meaning: 'The source became shorter while it was being copied.',
    hint: 'Run the backup again.',
    retryable: true,
  },
  'source.changing': {
    exit: EXIT.source,
    meaning: 'The source was replaced again and again while it was being read.',
    hint: 'Run the backup again when the pack is over.',
    retryable: true,
  },

  'repository.missing': {
    exit: EXIT.repository,
    meaning: 'The repository directory does not exist.',
    hint: 'Give its path with --repository.',
  },
  'repository.no-backup': {
    exit: EXIT.repository,
    meaning: 'The repository has no backup for that moment.',
    hint: 'Run `holdfast list` to see what there is.',
  },
  'repository.damaged': {
    exit: EXIT.repository,
    meaning: 'A backup is incomplete or does not match what was recorded of it.',
    hint: 'Run `holdfast verify` to see which backups are affected, and make a full backup now.',
  },
  'repository.foreign-writer': {
    exit: EXIT.busy,
    meaning: 'Another program wrote to the repository at the same time.',
    hint: 'Wait until that repozo has ended, then run the backup again.',
    retryable: true,
  },
  'repository.clock-behind': {
    exit: EXIT.refused,
    meaning: 'The newest backup is later than the clock, so a new one would not be found by its name.',
    hint: 'Set the clock right; if the clock is right and the backup has a false name, move that backup away.',
  },
  'repository.same-second': {
    exit: EXIT.refused,
    meaning: 'A backup of this very second exists.',
    hint: 'Run the command again.',
    retryable: true,
  },
  'repository.other-history': {
    exit: EXIT.refused,
    meaning: 'The source is not the storage that this repository holds, or is an older state of it.',
    hint: 'If this is meant (after a restore of an older state), run again with --accept-new-history; nothing of the old history is removed.',
  },
  'repository.verify-failed': {
    exit: EXIT.repository,
    meaning: 'The check found backups that could not be restored as recorded.',
    hint: 'Make a full backup now; keep the damaged files until it is verified.',
  },
  'restore.declined': {
    exit: EXIT.ok,
    meaning: 'The user did not say yes; nothing was changed.',
    hint: 'Answer yes, or use --no-prompt.',
  },
  'restore.target-in-use': {
    exit: EXIT.busy,
    meaning: 'The target of the restore is in use by a running process.',
    hint: 'Stop Zope and ZEO first, or restore to another place with --output.',
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof entries;

export const CATALOGUE: Readonly<Record<ErrorCode, CatalogueEntry>> = entries;
