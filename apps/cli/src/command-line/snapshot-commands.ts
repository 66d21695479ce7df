import type { SnapshotOptions } from '../commands/snapshot-arguments.js';
import type { CommandSpec } from './spec.js';

/**
 * For the help, and for a command line with options before the word `snapshot`. `holdfast snapshot …` itself is read as
 * DirectoryStorage's tool reads it (commands/snapshot-arguments.ts).
 */
export const SNAPSHOT_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'snapshot',
    text: 'run a command while a DirectoryStorage or a Data.fs is frozen',
    words: [
      {
        name: '[command...]',
        text: "the command and its arguments; its exit status is the result. 'cat' alone, under a snapshot: write the frozen Data.fs; 'leave' and options: leave what a killed snapshot left",
      },
    ],
    usage: '[options] [--] <command...>',
    runsProgram: true,
    options: [
      { flags: '--storage <path>', text: 'the DirectoryStorage directory, or a Data.fs' },
      { flags: '-t <seconds>', text: 'retry for so long when it cannot be locked (default: no retries)' },
      { flags: '-s <seconds>', text: 'sleep so long between retries (default: 10)' },
      {
        flags: '--snapshot-conf <file>',
        text: 'methods to enter snapshot mode (default: config/snapshot.conf of the storage)',
      },
      { flags: '--http-timeout <seconds>', text: 'time for each call of a Zope server (default: 60)' },
      { flags: '--max-freeze <seconds>', text: 'end the command after so long, and leave snapshot mode' },
      { flags: '--access-from-cwd', text: 'access files are relative to the working directory' },
      { flags: '--copy', text: 'copy the Data.fs, whatever the file system can' },
      { flags: '--force', text: "(leave) leave any user's snapshot that nobody has locked" },
    ],
    examples: [
      'holdfast snapshot --storage /srv/ds -- tar czf /backup/ds.tgz -C /srv/ds A config',
      "holdfast snapshot -t 600 --storage /srv/ds -- sh -c 'holdfast ds check && holdfast ds backup full'",
      'holdfast snapshot --storage var/filestorage/Data.fs -- sh -c "holdfast snapshot cat > /backup/Data.fs"',
      'holdfast snapshot leave --storage /srv/ds',
    ],
    run: async ({ streams, output }, options, words) => {
      const { snapshotCommand } = await import('../commands/snapshot.js');
      const { json, quiet, verbose } = output;
      const verbosity = Number(verbose) - Number(quiet);
      return snapshotCommand(streams, { ...(options as SnapshotOptions), json, verbosity }, words);
    },
  },
];
