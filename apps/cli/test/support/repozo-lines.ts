/** Command lines that repozo and `holdfast repozo` must take alike. */

/** The same command line, given to both programs on equal copies of one directory. */
export interface Both {
  readonly line: string;
  /** Lines of standard error, of both; times are taken out. */
  readonly says?: readonly string[];
  /** Whether the option -v is part of it: then what is told besides may differ. */
  readonly verbose?: true;
}

export const HELP_TOO: readonly Both[] = [
  { line: '', says: ['Either --backup, --recover or --verify is required'] },
  { line: '-B', says: ['--repository is required'] },
  { line: '-R', says: ['--repository is required'] },
  { line: '-V', says: ['--repository is required'] },
  { line: '-r repo', says: ['Either --backup, --recover or --verify is required'] },
  { line: '-B -R -r repo', says: ['-B, -R, and -V are mutually exclusive'] },
  { line: '-BV -r repo', says: ['-B, -R, and -V are mutually exclusive'] },
  { line: '-B -R -h', says: ['-B, -R, and -V are mutually exclusive'] },
  { line: '-B -r repo', says: ['--file is required in backup mode'] },
  { line: '-B -r repo --file=', says: ['--file is required in backup mode'] },
  { line: '--ver -r repo', says: ['option --ver not a unique prefix'] },
  { line: '--re repo', says: ['option --re not a unique prefix'] },
  { line: '--nonsense', says: ['option --nonsense not recognized'] },
  { line: '--full=yes -B -r repo -f Data.fs', says: ['option --full must not have an argument'] },
  { line: '-x', says: ['option -x not recognized'] },
  { line: '-h -x', says: ['option -x not recognized'] },
  { line: '-B -r', says: ['option -r requires argument'] },
  { line: '-B --repo', says: ['option --repository requires argument'] },
  { line: '-B -r repo -f Data.fs extra more', says: ['Invalid arguments: extra, more'] },
  { line: 'extra -B -r repo', says: ['Invalid arguments: extra, -B, -r, repo'] },
];

export const BACKUPS: readonly Both[] = [
  { line: '-B -r repo -f Data.fs' },
  { line: '-BQ -r repo -f Data.fs' },
  { line: '-BQz -r repo -f Data.fs' },
  { line: '-BF -r repo -f Data.fs' },
  { line: '-BFz -r repo -f Data.fs' },
  { line: '-BFk -r repo -f Data.fs' },
  { line: '-Bk -r repo -f Data.fs' },
  { line: '-B -r empty -f Data.fs' },
  { line: '-BzQ -r empty -f ./Data.fs' },
  { line: '--backup --verb --quick --gz --rep repo --file=Data.fs', verbose: true },
  { line: '--b --repo=repo --fil Data.fs --ful --k' },
  { line: '-B -r empty -r repo -f Data.fs --' },
  { line: '-B -r repo -f Data.fs -D 2020-01-01 -o x -w' },
  {
    line: '-Bv -r repo -f Data.fs -D 2020-01-01 -o x -w',
    verbose: true,
    says: [
      '--date option is ignored in backup mode',
      '--output option is ignored in backup mode',
      '--with-verify option is ignored in backup mode',
    ],
  },
  {
    line: '-BvFkz -r repo -f Data.fs',
    verbose: true,
    says: [
      'removing old backup file <time>.fs (and .dat / .index)',
      'removing old backup file <time>.deltafsz (and .dat / .index)',
      'removing old backup file <time>.fsz (and .dat / .index)',
    ],
  },
  { line: '-B -r repo -f nope' },
  { line: '-B -r nope -f Data.fs' },
];

export const RECOVERIES: readonly Both[] = [
  { line: '-R -r repo' },
  { line: '-Rw -r repo' },
  { line: '-R -r repo -o out.fs' },
  { line: '-Rw -r repo --output=out.fs' },
  { line: '-R -r repo -D 2024-02-02-10-00-00 -o out.fs' },
  { line: '-R -r repo -D 2024-02-02-09 -o out.fs' },
  { line: '-R -r repo -D 2024-02-02 -o out.fs' },
  { line: '-R -r repo -D 2024-02-01 -o out.fs' },
  { line: '-R -r repo -D 2024-01-02-10-00 -o out.fs' },
  { line: '-R -r repo -D 2024-01-01-10-00-00' },
  { line: '-R -r repo -D 2099 -o out.fs' },
  { line: '-R -r repo -D garbage -o out.fs' },
  { line: '-R -r repo --date= -o out.fs' },
  {
    line: '-Rv -r repo -o out.fs',
    verbose: true,
    says: [
      'looking for files between last full backup and <time>...',
      'files needed to recover state as of <time>:',
      '\trepo/<time>.fsz',
      '\trepo/<time>.deltafsz',
      'Recovering file to out.fs',
    ],
  },
  { line: '-Rv -r repo', verbose: true, says: ['Recovering file to stdout'] },
  { line: '-Rvw -r repo -o out.fs', verbose: true, says: ['Recovering file to out.fs'] },
  {
    line: '-Rv -r repo -o out.fs -f foo -k -F -Q -z',
    verbose: true,
    says: [
      '--file option is ignored in recover mode',
      '--kill-old-on-full option is ignored in recover mode',
    ],
  },
  { line: '-R -r nope -o out.fs' },
  { line: '-R -r empty -o out.fs', says: ['No files in repository'] },
  { line: '-R -r empty', says: ['No files in repository'] },
  { line: '-Rv -r empty', verbose: true, says: ['no files found', 'No files in repository'] },
  { line: '-R -r repo -D 2024-01-01 -o out.fs', says: ['No files in repository before 2024-01-01'] },
  { line: '-R -r repo -o nope/out.fs' },
  { line: '-R -r repo -o empty' },
];

export const VERIFICATIONS: readonly Both[] = [
  { line: '-V -r repo' },
  { line: '-VQ -r repo' },
  { line: '--verify --quick --repository repo' },
  {
    line: '-Vv -r repo',
    verbose: true,
    says: ['Verifying repo/<time>.fsz', 'Verifying repo/<time>.deltafsz'],
  },
  { line: '-VvQ -r repo', verbose: true, says: ['Verifying repo/<time>.fsz'] },
  {
    line: '-Vv -r repo -D x -o y -F -z -f q -k -w',
    verbose: true,
    says: ['date', 'output', 'full', 'gzip', 'file', 'kill-old-on-full', 'with-verify'].map(
      (name) => `--${name} option is ignored in verify mode`,
    ),
  },
  { line: '-V -r nope' },
  { line: '-V -r empty', says: ['No files in repository'] },
];
