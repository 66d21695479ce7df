import type { Families } from './entry.js';
import { EXIT } from './exit.js';

export const TOOLKIT = {
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
} as const satisfies Families<'toolkit'>;
