import type { Options } from '../config.js';
import type { Problem } from './problem.js';
import { rsyncMeaning, rsyncProblems } from './rsync.js';
import type { Values } from './schema.js';

/** A day: what hangs longer (a dead network file system) is stopped. */
const COMMAND_TIMEOUT = 86_400;

/** The options that are no places, with what they are when they are left out. */
export function resolveOptions(values: Values): Options {
  return {
    keep: values.keep ?? 2,
    keepBlobDays: values.keep_blob_days ?? 14,
    keepDaily: values.keep_daily ?? 0,
    keepWeekly: values.keep_weekly ?? 0,
    keepMonthly: values.keep_monthly ?? 0,
    keepYearly: values.keep_yearly ?? 0,
    full: values.full ?? false,
    debug: values.debug ?? false,
    gzip: values.gzip ?? true,
    quick: values.quick ?? true,
    backupBlobs: values.backup_blobs ?? true,
    onlyBlobs: values.only_blobs ?? false,
    archiveBlob: values.archive_blob ?? false,
    compressBlob: values.compress_blob ?? false,
    incrementalBlobs: values.incremental_blobs ?? false,
    blobTimestamps: values.blob_timestamps ?? true,
    blobFormat: values.blob_format ?? 'tree',
    rsyncHardLinksOnFirstCopy: values.rsync_hard_links_on_first_copy ?? false,
    useRsync: values.use_rsync ?? true,
    rsyncOptions: values.rsync_options ?? '',
    ...rsyncMeaning(values.rsync_options ?? ''),
    enable: {
      fullbackup: values.enable_fullbackup ?? true,
      snapshotrestore: values.enable_snapshotrestore ?? true,
      zipbackup: values.enable_zipbackup ?? false,
    },
    hooks: {
      pre: nonEmpty(values.pre_command),
      post: nonEmpty(values.post_command),
      // The recipe runs the same commands around a restore: the disk with the backups may have to be mounted.
      preRestore: nonEmpty(values.pre_restore_command ?? values.pre_command),
      postRestore: nonEmpty(values.post_restore_command ?? values.post_command),
      timeoutSeconds: values.command_timeout ?? COMMAND_TIMEOUT,
    },
  };
}

const nonEmpty = (text: string | undefined) => (text === '' ? undefined : text);

interface Rule {
  readonly broken: (options: Options, values: Values) => boolean;
  readonly option: string;
  readonly message: string;
}

/** Options that cannot go together; the first four are the recipe's own. */
const RULES: readonly Rule[] = [
  {
    broken: ({ backupBlobs, onlyBlobs }) => !backupBlobs && onlyBlobs,
    option: 'only_blobs',
    message: 'cannot be true when backup_blobs is false: nothing would be backed up',
  },
  {
    broken: ({ backupBlobs, enable }) => !backupBlobs && enable.zipbackup,
    option: 'enable_zipbackup',
    message: 'cannot be true when backup_blobs is false: a zip backup is one of the blobs',
  },
  {
    broken: ({ incrementalBlobs, blobTimestamps }) => incrementalBlobs && !blobTimestamps,
    option: 'incremental_blobs',
    message: 'needs names that stay: it cannot be true when blob_timestamps is false',
  },
  {
    broken: ({ blobFormat, blobTimestamps }) => blobFormat === 'pool' && !blobTimestamps,
    option: 'blob_format',
    message: '"pool" needs names that stay: it cannot be used when blob_timestamps is false',
  },
  {
    broken: ({ blobFormat, archiveBlob }) => blobFormat === 'pool' && archiveBlob,
    option: 'blob_format',
    message: '"pool" is a kind of trees: it cannot be used when archive_blob is true',
  },
];

const IDLE: readonly Rule[] = [
  {
    broken: ({ compressBlob, archiveBlob }) => compressBlob && !archiveBlob,
    option: 'compress_blob',
    message: 'means nothing without archive_blob',
  },
  {
    broken: ({ incrementalBlobs, archiveBlob }) => incrementalBlobs && !archiveBlob,
    option: 'incremental_blobs',
    message: 'means nothing without archive_blob',
  },
  {
    broken: ({ onlyBlobs }, { keep_blob_days }) => !onlyBlobs && keep_blob_days !== undefined,
    option: 'keep_blob_days',
    message: 'means nothing without only_blobs: blob backups go with their filestorage backups',
  },
  {
    broken: ({ onlyBlobs, archiveBlob }, { keep_blob_days }) =>
      onlyBlobs && archiveBlob && keep_blob_days !== undefined,
    option: 'keep_blob_days',
    message: 'means nothing with archive_blob: of archives, so many as keep says stay',
  },
];

export function optionProblems(options: Options, values: Values): readonly Problem[] {
  const contradictions = RULES.filter(({ broken }) => broken(options, values)).map(asProblem);
  return [...contradictions, ...rsyncProblems(options.rsyncOptions)];
}

/** Options that are set and do nothing. */
export function idleOptions(options: Options, values: Values): readonly Problem[] {
  return IDLE.filter(({ broken }) => broken(options, values)).map(asProblem);
}

const asProblem = ({ option, message }: Rule): Problem => ({ path: [option], message });
