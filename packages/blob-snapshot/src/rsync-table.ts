/** What each option of rsync's means here (docs/rsync-options.md). */
export type RsyncFlag = 'itemize' | 'verbose' | 'quiet' | 'progress' | 'dryRun';
type Meaning =
  | { readonly flag: RsyncFlag }
  | { readonly exclude: true }
  | { readonly ignored: string }
  | { readonly refused: string };

export interface RsyncOption {
  readonly short?: string;
  /** Takes a value: `--name=VALUE`, `--name VALUE`, `-xVALUE`, `-x VALUE`. */
  readonly value?: true;
  readonly meaning: Meaning;
}

const ignored = (note: string): Meaning => ({ ignored: note });
const refused = (reason: string): Meaning => ({ refused: reason });

const ALWAYS = ignored('always so');
const ATTRIBUTES = ignored('modes, times and owners (as root) are always kept');
const LOCAL = ignored('nothing goes over a network');
const OUTPUT = ignored('the output is Holdfast’s own');
const CHECKED = ignored('a blob is known by its name, and every copy is checked by its digest');
const NO_DELTA = ignored('files are copied whole, and appear only when they are whole');
const GONE = ignored('the recipe gives it always: a new backup never has what is gone from the source');
const DELETES = refused(
  'a backup is a new tree each time, so nothing is deleted in it; use keep for old backups',
);
const SOURCE = refused('the blob directory of the site is never changed');
const FOLLOWS = refused('symbolic links are never followed');
const DIRECTORY_LINKS =
  'symbolic links in the blob directory are never followed; where that directory itself is a link, no option is needed';
const IN_PLACE = refused('files of earlier backups are hard links, and would be changed with this one');
const REMOTE = refused('backups are made on this machine; copy them elsewhere in post_command');
const PARTIAL_SET = refused(
  'a backup without some of the blobs does not fit its Data.fs; use --exclude where it is meant',
);
const UNKNOWN_FILTER = refused('only --exclude is understood');
const LINKS = refused('the earlier backup to link to is chosen by Holdfast');

export const RSYNC_OPTIONS: Readonly<Record<string, RsyncOption>> = {
  exclude: { value: true, meaning: { exclude: true } },
  'itemize-changes': { short: 'i', meaning: { flag: 'itemize' } },
  verbose: { short: 'v', meaning: { flag: 'verbose' } },
  quiet: { short: 'q', meaning: { flag: 'quiet' } },
  progress: { meaning: { flag: 'progress' } },
  'dry-run': { short: 'n', meaning: { flag: 'dryRun' } },

  archive: { short: 'a', meaning: ALWAYS },
  recursive: { short: 'r', meaning: ALWAYS },
  perms: { short: 'p', meaning: ATTRIBUTES },
  times: { short: 't', meaning: ATTRIBUTES },
  owner: { short: 'o', meaning: ATTRIBUTES },
  group: { short: 'g', meaning: ATTRIBUTES },
  'numeric-ids': { meaning: ATTRIBUTES },
  'omit-dir-times': { short: 'O', meaning: ATTRIBUTES },
  'no-owner': { meaning: ATTRIBUTES },
  'no-o': { meaning: ATTRIBUTES },
  'no-group': { meaning: ATTRIBUTES },
  'no-g': { meaning: ATTRIBUTES },
  'no-perms': { meaning: ATTRIBUTES },
  'no-p': { meaning: ATTRIBUTES },
  'no-times': { meaning: ATTRIBUTES },
  'no-t': { meaning: ATTRIBUTES },
  links: { short: 'l', meaning: ignored('symbolic links are listed and left out') },
  'no-links': { meaning: ignored('symbolic links are listed and left out') },
  'no-l': { meaning: ignored('symbolic links are listed and left out') },
  'safe-links': { meaning: ignored('symbolic links are listed and left out') },
  devices: { meaning: ignored('devices and FIFOs are listed and left out') },
  specials: { meaning: ignored('devices and FIFOs are listed and left out') },
  'no-D': { meaning: ALWAYS },
  'no-devices': { meaning: ALWAYS },
  'no-specials': { meaning: ALWAYS },
  'hard-links': { short: 'H', meaning: ignored('two names of one file in the source become two files') },
  sparse: { short: 'S', meaning: ignored('holes always stay holes') },
  fsync: { meaning: ALWAYS },
  'whole-file': { short: 'W', meaning: NO_DELTA },
  'no-whole-file': { meaning: NO_DELTA },
  partial: { meaning: NO_DELTA },
  'delay-updates': { meaning: NO_DELTA },
  checksum: { short: 'c', meaning: CHECKED },
  'size-only': { meaning: CHECKED },
  'ignore-times': { short: 'I', meaning: CHECKED },
  update: { short: 'u', meaning: CHECKED },
  'modify-window': { value: true, meaning: CHECKED },
  compress: { short: 'z', meaning: LOCAL },
  'compress-level': { value: true, meaning: LOCAL },
  'skip-compress': { value: true, meaning: LOCAL },
  bwlimit: { value: true, meaning: ignored('only new blobs are copied; use ionice for the rest') },
  timeout: { value: true, meaning: LOCAL },
  contimeout: { value: true, meaning: LOCAL },
  'blocking-io': { meaning: LOCAL },
  'human-readable': { short: 'h', meaning: OUTPUT },
  stats: { meaning: OUTPUT },
  info: { value: true, meaning: OUTPUT },
  debug: { value: true, meaning: OUTPUT },
  'out-format': { value: true, meaning: OUTPUT },
  '8-bit-output': { short: '8', meaning: OUTPUT },
  'no-motd': { meaning: OUTPUT },
  'no-inc-recursive': { meaning: ALWAYS },
  'inc-recursive': { meaning: ALWAYS },
  'protect-args': { short: 's', meaning: LOCAL },
  'secluded-args': { meaning: LOCAL },
  'prune-empty-dirs': {
    short: 'm',
    meaning: refused('empty directories are kept: a restore gives back what was there'),
  },

  delete: { meaning: GONE },
  del: { meaning: GONE },
  'delete-before': { meaning: DELETES },
  'delete-during': { meaning: DELETES },
  'delete-delay': { meaning: DELETES },
  'delete-after': { meaning: DELETES },
  'delete-excluded': { meaning: DELETES },
  'delete-missing-args': { meaning: DELETES },
  'max-delete': { value: true, meaning: DELETES },
  'ignore-errors': { meaning: refused('a blob that cannot be read makes the backup fail; it is named') },
  force: { meaning: DELETES },
  'remove-source-files': { meaning: SOURCE },
  'remove-sent-files': { meaning: SOURCE },
  inplace: { meaning: IN_PLACE },
  append: { meaning: IN_PLACE },
  'append-verify': { meaning: IN_PLACE },
  'write-devices': { meaning: IN_PLACE },
  'copy-devices': { meaning: FOLLOWS },
  'copy-links': { short: 'L', meaning: FOLLOWS },
  'copy-unsafe-links': { meaning: FOLLOWS },
  'copy-dirlinks': { short: 'k', meaning: refused(DIRECTORY_LINKS) },
  'keep-dirlinks': { short: 'K', meaning: FOLLOWS },
  'munge-links': { meaning: FOLLOWS },
  rsh: { short: 'e', value: true, meaning: REMOTE },
  'rsync-path': { value: true, meaning: REMOTE },
  'remote-option': { short: 'M', value: true, meaning: REMOTE },
  daemon: { meaning: REMOTE },
  port: { value: true, meaning: REMOTE },
  'password-file': { value: true, meaning: REMOTE },
  'write-batch': { value: true, meaning: REMOTE },
  'read-batch': { value: true, meaning: REMOTE },
  existing: { meaning: PARTIAL_SET },
  'ignore-existing': { meaning: PARTIAL_SET },
  'max-size': { value: true, meaning: PARTIAL_SET },
  'min-size': { value: true, meaning: PARTIAL_SET },
  'one-file-system': { short: 'x', meaning: PARTIAL_SET },
  'files-from': { value: true, meaning: PARTIAL_SET },
  dirs: { short: 'd', meaning: PARTIAL_SET },
  relative: {
    short: 'R',
    meaning: refused('the recipe and Holdfast both expect the blobs below blobstorage.STAMP/blobstorage'),
  },
  include: { value: true, meaning: UNKNOWN_FILTER },
  filter: { short: 'f', value: true, meaning: UNKNOWN_FILTER },
  'exclude-from': { value: true, meaning: refused('write the patterns into rsync_options themselves') },
  'include-from': { value: true, meaning: UNKNOWN_FILTER },
  'cvs-exclude': { short: 'C', meaning: UNKNOWN_FILTER },
  'link-dest': { value: true, meaning: LINKS },
  'copy-dest': { value: true, meaning: LINKS },
  'compare-dest': { value: true, meaning: LINKS },
  backup: { short: 'b', meaning: refused('every backup is a state of its own') },
  'backup-dir': { value: true, meaning: refused('every backup is a state of its own') },
  suffix: { value: true, meaning: refused('every backup is a state of its own') },
  'temp-dir': {
    short: 'T',
    value: true,
    meaning: refused('unfinished backups lie beside the finished ones, to be renamed in one step'),
  },
  'partial-dir': { value: true, meaning: NO_DELTA },
  'log-file': { value: true, meaning: refused('redirect the output of the command instead') },
  acls: { short: 'A', meaning: refused('access control lists are not kept') },
  xattrs: { short: 'X', meaning: refused('extended attributes are not kept') },
  chmod: { value: true, meaning: refused('modes are kept as they are') },
  chown: { value: true, meaning: refused('owners are kept as they are') },
  usermap: { value: true, meaning: refused('owners are kept as they are') },
  groupmap: { value: true, meaning: refused('owners are kept as they are') },
  'fake-super': { meaning: refused('owners are kept as they are') },
};

/** `-P` is two in one, `-D` too. */
const SHORT_ONLY: Readonly<Record<string, RsyncOption>> = {
  P: { meaning: { flag: 'progress' } },
  D: { meaning: ignored('devices and FIFOs are listed and left out') },
};

export const RSYNC_BY_LETTER = new Map<string, RsyncOption>([
  ...Object.values(RSYNC_OPTIONS).flatMap((option): [string, RsyncOption][] =>
    option.short === undefined ? [] : [[option.short, option]],
  ),
  ...Object.entries(SHORT_ONLY),
]);
