import type { Families } from './entry.js';
import { EXIT } from './exit.js';

export const FILES = {
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
} as const satisfies Families<'fs' | 'lock'>;
