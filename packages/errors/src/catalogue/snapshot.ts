import type { Families } from './entry.js';
import { EXIT } from './exit.js';

export const SNAPSHOT = {
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
    hint: 'Look at the reason of each method (docs/formats/snapshot-conf.md lists the causes); `holdfast snapshot -t SECONDS` tries again.',
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
} as const satisfies Families<'snapshot'>;
