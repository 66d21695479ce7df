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
  'blobs.layout': {
    exit: EXIT.source,
    meaning: 'The file `.layout` of a blob directory names a layout that Holdfast does not know.',
    hint: 'Give the blob directory itself; known are bushy and lawn.',
  },
  'blobs.vanished': {
    exit: EXIT.source,
    meaning:
      'A file of the blob directory went away while it was backed up, as in a pack; nothing was published.',
    hint: 'Run the backup again when the pack is done.',
    retryable: true,
  },
  'blobs.unreadable': {
    exit: EXIT.source,
    meaning: 'Files of the blob directory cannot be read; nothing was published.',
    hint: 'Give the user who makes the backups read access to all files that are listed, or leave them out with an exclude pattern.',
  },
  'blobs.manifest': {
    exit: EXIT.repository,
    meaning: 'The manifest of a blob backup is damaged or not whole.',
    hint: 'Run `holdfast verify`; a full backup does not need the manifest of the one before.',
  },
  'blobs.location': {
    exit: EXIT.repository,
    meaning: 'Something lies in a blob location under a name of ours that cannot be it.',
    hint: 'Look at it and move it away.',
  },
  'blobs.no-backup': {
    exit: EXIT.repository,
    meaning: 'The blob location has no backup of this name, or for that moment.',
    hint: 'Run `holdfast list` to see what there is.',
  },
  'blobs.damaged': {
    exit: EXIT.repository,
    meaning: 'A blob backup is incomplete or does not match what was recorded of it.',
    hint: 'Run `holdfast verify` to see which backups are affected, and make a backup now.',
  },
  'blobs.not-a-pair': {
    exit: EXIT.repository,
    meaning: 'A Data.fs refers to blobs that the blob backup does not have.',
    hint: 'Choose the blob backup that was made with this Data.fs, or right after it; `holdfast list` shows them.',
  },
  'hook.failed': {
    exit: EXIT.failure,
    meaning: 'A command that the configuration runs before or after the work failed.',
    hint: 'Run that command by hand to see why; what was backed up before it is complete.',
  },
  'hook.timeout': {
    exit: EXIT.failure,
    meaning: 'A command that the configuration runs before or after the work took too long and was ended.',
    hint: 'Mend the command, or raise command_timeout in holdfast.toml.',
  },
  'restore.declined': {
    exit: EXIT.ok,
    meaning: 'The user did not say yes; nothing was changed.',
    hint: 'Answer yes, or use --no-prompt.',
  },
  'restore.target-in-use': {
    exit: EXIT.busy,
    meaning: 'The target of the restore is in use by a running process.',
    hint: 'Stop Zope and ZEO first, or restore to another place with --to or --output.',
  },
  'restore.not-possible': {
    exit: EXIT.refused,
    meaning: 'More than one thing stands in the way of the restore.',
    hint: 'Nothing was changed. Put right what each line names, then run the command again.',
  },
  'restore.not-empty': {
    exit: EXIT.refused,
    meaning: 'The directory given with --to holds something already.',
    hint: 'Give a directory that is empty or does not exist yet.',
  },
  'restore.overlap': {
    exit: EXIT.refused,
    meaning:
      'The places of the restore lie within one another, or the backups within a place that it replaces.',
    hint: 'Correct the places in the configuration, or restore to another place with --to.',
  },
  'restore.mount-point': {
    exit: EXIT.refused,
    meaning: 'The file to replace is itself a mount point, so nothing can take its name.',
    hint: 'Mount the directory instead of the file, or restore to another place with --to.',
  },
  'restore.target-changed': {
    exit: EXIT.refused,
    meaning: 'The target of the restore changed while the restore was being built.',
    hint: 'The restore was taken back. Find out what wrote there, stop it, and run the restore again.',
  },
  'restore.journal': {
    exit: EXIT.refused,
    meaning: 'The journal of a killed restore cannot be trusted, or does not fit what is on the disk.',
    hint: 'Nothing was changed. Compare the journal with the files that it names (docs/restoring.md).',
  },
  'restore.unfinished': {
    exit: EXIT.refused,
    meaning: 'A restore stopped in the middle of putting its files in place, and could not be taken back.',
    hint: 'Do not start Zope. Put right what the cause names, and run the restore again: it finishes this one first.',
  },

  'directorystorage.missing': {
    exit: EXIT.source,
    meaning: 'The directory is not a DirectoryStorage: a part that every one has is not there.',
    hint: 'Give the directory that holds A, B, journal, misc and config; an empty B, journal or misc may be made by hand.',
  },
  'directorystorage.settings': {
    exit: EXIT.source,
    meaning: 'The file config/settings of a DirectoryStorage cannot be understood.',
    hint: 'Compare config/settings with the one that mkds writes for a new storage.',
  },
  'directorystorage.unsupported': {
    exit: EXIT.source,
    meaning: 'The DirectoryStorage has a format, version or class that this command does not know.',
    hint: 'Known are version 0.11, the formats bushy, chunky, lawn and flat, and the classes Full and Minimal.',
  },
  'directorystorage.journal': {
    exit: EXIT.refused,
    meaning: 'The journal (or B) of a DirectoryStorage holds something that is not a transaction.',
    hint: 'Find out what it is and move it away; nothing was changed.',
  },
  'directorystorage.replica': {
    exit: EXIT.refused,
    meaning: 'The journal holds a replica that was received whole and is not yet unpacked.',
    hint: 'Open the storage once with DirectoryStorage, which unpacks it, and close it; nothing was changed.',
  },
  'directorystorage.damaged': {
    exit: EXIT.source,
    meaning: 'A file of a DirectoryStorage holds what it cannot hold.',
    hint: 'Run `holdfast ds check`, keep a copy, and restore the last backup beside it.',
  },
  'directorystorage.check-failed': {
    exit: EXIT.source,
    meaning: 'The check of a DirectoryStorage found problems.',
    hint: 'Do not pack it. Keep a copy, restore the last backup beside it and compare.',
  },
  'directorystorage.reference': {
    exit: EXIT.refused,
    meaning:
      'The transaction that an increment would begin at is of no use: later than the storage, or packed away.',
    hint: 'Make a full backup: `holdfast ds backup full`.',
  },
  'directorystorage.old-snapshot': {
    exit: EXIT.refused,
    meaning: 'The snapshot is older than twelve hours or later than the clock.',
    hint: 'Take a new snapshot; look at the clock.',
  },
  'directorystorage.archive': {
    exit: EXIT.repository,
    meaning: 'A backup archive of a DirectoryStorage is damaged, or holds names that do not belong in one.',
    hint: 'Nothing was put in place. Use another archive, and find out who wrote this one.',
  },
  'directorystorage.index': {
    exit: EXIT.repository,
    meaning: 'The list of backups (backups/tindex) has a line that is none.',
    hint: 'Mend or remove that line; without the list the next increment needs a full backup first.',
  },

  'configuration.missing': {
    exit: EXIT.usage,
    meaning: 'There is no configuration at this path, or no site that this directory belongs to.',
    hint: "Run the command in the site's directory, give the file with --config, or make one with `holdfast init`.",
  },
  'configuration.invalid': {
    exit: EXIT.usage,
    meaning: 'The configuration has options that Holdfast does not know, or values that cannot be.',
    hint: 'Correct the file; docs/configuration.md lists every option.',
  },
  'configuration.not-trusted': {
    exit: EXIT.refused,
    meaning:
      'The configuration that was found could have been written by somebody else, and its commands would be run.',
    hint: 'If the file is meant, give it with --config.',
  },
  'init.exists': {
    exit: EXIT.refused,
    meaning: 'A file is there that `holdfast init` would replace.',
    hint: 'Look at it; `holdfast init --force` replaces it and keeps the old one.',
  },
  'init.unreadable': {
    exit: EXIT.usage,
    meaning: 'The file that the configuration is to be made from cannot be understood.',
    hint: 'Correct the line that is named, or write holdfast.toml by hand.',
  },

  'sets.none': {
    exit: EXIT.repository,
    meaning: 'There is no backup set for that moment, or none that is whole.',
    hint: 'Run `holdfast list` to see what there is.',
  },
  'sets.not-found': {
    exit: EXIT.usage,
    meaning: 'No backup set has this id.',
    hint: 'Run `holdfast list`: an id is the time of the set, as in 2026-11-20-02-00-00.',
  },
  'sets.conflict': {
    exit: EXIT.refused,
    meaning: 'A record of this set exists and names other files.',
    hint: 'Run `holdfast verify`; move the record away if it is the wrong one, then run the backup again.',
  },
  'sets.in-future': {
    exit: EXIT.refused,
    meaning: 'A backup is later than the clock, so the ages of backups are not known. Nothing was removed.',
    hint: 'Set the clock right; if the clock is right and the backup has a false name, move that backup away.',
  },
  'sets.history': {
    exit: EXIT.refused,
    meaning:
      'The history of the runs was written by a later Holdfast. The sets themselves are not concerned.',
    hint: 'Update Holdfast here, or move .holdfast-history away: a new one begins with the next run.',
  },

  'snapshot.conf': {
    exit: EXIT.usage,
    meaning: 'The file snapshot.conf cannot be read, or a line for it cannot be written.',
    hint: 'Give this user read access to the file, or name another one with --snapshot-conf.',
  },
  'snapshot.access': {
    exit: EXIT.usage,
    meaning: 'A file with the user name and password of a Zope user cannot be used.',
    hint: 'Its first line is user:password with the password in clear text; only its owner may read or write it (chmod 600).',
  },
  'snapshot.server': {
    exit: EXIT.system,
    meaning: 'A Zope server did not do over XML-RPC what it was asked to do.',
    hint: 'Check the URL, the access file and the DirectoryStorageToolkit there.',
    retryable: true,
  },
  'snapshot.not-locked': {
    exit: EXIT.busy,
    meaning: 'The storage could not be brought into snapshot mode and locked; the command was not run.',
    hint: 'Look at the reason of each method (docs/formats/snapshot-conf.md lists the causes); with -t SECONDS it is tried again.',
    retryable: true,
  },
  'snapshot.environment': {
    exit: EXIT.usage,
    meaning:
      'The environment names a snapshot (SNAPSHOT_VERSION and others) that is not the one asked for, or is none.',
    hint: 'Run the command outside of the other snapshot, or unset the variables SNAPSHOT_*.',
  },
  'snapshot.lost': {
    exit: EXIT.source,
    meaning:
      'The snapshot was taken away while it was in use: what was read meanwhile may not be one state of the storage.',
    hint: 'Throw away what was made from it, find out who left the snapshot or removed a file in misc, then run the command again.',
  },
  'snapshot.not-left': {
    exit: EXIT.failure,
    meaning:
      'The storage is still in snapshot mode, because its server could not be told to leave it; the server goes on, but cannot tidy up.',
    hint: 'Run `holdfast snapshot leave --storage PATH` (for a Data.fs with --snapshot-conf FILE); the next snapshot tries it by itself.',
  },

  'toolkit.configuration': {
    exit: EXIT.usage,
    meaning: 'The configuration of the toolkit server cannot be read, or says something that cannot be.',
    hint: 'Mend the configuration of the server; docs/toolkit/configuration.md lists every key.',
  },
  'toolkit.access': {
    exit: EXIT.usage,
    meaning: 'The access file of the toolkit server cannot be used.',
    hint: 'Only its owner may read or write it (chmod 600); `holdfast-toolkit passwd FILE USER` adds a user.',
  },
  'toolkit.insecure': {
    exit: EXIT.refused,
    meaning: 'Passwords would go over a network in clear text.',
    hint: 'Listen on a loopback address or a unix socket, give a certificate and key under [tls], or allow it in words: see docs/toolkit/configuration.md.',
  },
  'toolkit.no-storage': {
    exit: EXIT.usage,
    meaning: 'The toolkit server looks after no storage of that name.',
    hint: 'The page and `GET /api/v1/storages` list the names.',
  },
  'toolkit.no-backups': {
    exit: EXIT.usage,
    meaning: 'The toolkit server does not back up that storage.',
    hint: 'Give the storage a `site` (a holdfast.toml) or `archives` in the configuration of the server.',
  },
  'toolkit.in-snapshot': {
    exit: EXIT.busy,
    meaning: 'The storage is in a snapshot already.',
    hint: 'Wait until the other snapshot is left; the page says whose it is.',
    retryable: true,
  },
  'toolkit.not-in-snapshot': {
    exit: EXIT.usage,
    meaning: 'The storage is in no snapshot.',
    hint: 'A snapshot that is not renewed in its time is left by the server; enter again.',
  },
  'toolkit.wrong-code': {
    exit: EXIT.refused,
    meaning: 'The storage is in a snapshot with another code.',
    hint: 'Only who knows the code leaves or renews a snapshot; the page shows it.',
  },
  'toolkit.busy': {
    exit: EXIT.busy,
    meaning: 'Somebody else holds the storage.',
    hint: 'See who holds the lock (`holdfast lock list DIRECTORY`), and try again when they are done.',
    retryable: true,
  },
  'toolkit.no-job': {
    exit: EXIT.usage,
    meaning: 'The toolkit server knows no job of that name.',
    hint: 'See the list of `GET /api/v1/jobs`; old jobs are forgotten.',
  },
  'toolkit.job-running': {
    exit: EXIT.busy,
    meaning: 'The storage has a job already, and has one at a time.',
    hint: 'Wait for it, or cancel it.',
    retryable: true,
  },
  'toolkit.job-ended': {
    exit: EXIT.usage,
    meaning: 'The job has ended already.',
    hint: 'Nothing has to be done.',
  },
  'toolkit.job-failed': {
    exit: EXIT.failure,
    meaning: 'The process of a job ended without saying what became of it.',
    hint: 'Look at the log of the server; the next run mends what it left.',
  },
  'toolkit.request': {
    exit: EXIT.usage,
    meaning: 'The request is not one that the toolkit server understands.',
    hint: 'See docs/toolkit/api.md.',
  },
  'toolkit.denied': {
    exit: EXIT.usage,
    meaning: 'The toolkit server did not accept the user name and password, or the user may not do this.',
    hint: 'Check the access file and the roles of the user.',
  },
  'toolkit.too-many': {
    exit: EXIT.busy,
    meaning: 'The toolkit server takes no more tries for a while: too many failed, or too many at once.',
    hint: 'Wait some minutes, then check user and password in the access file.',
    retryable: true,
  },
  'toolkit.server': {
    exit: EXIT.system,
    meaning: 'The toolkit server could not be reached, or did not answer as it should.',
    hint: 'Check the URL, that the server runs, and its certificate.',
    retryable: true,
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof entries;

export const CATALOGUE: Readonly<Record<ErrorCode, CatalogueEntry>> = entries;
