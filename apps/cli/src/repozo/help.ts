export const HELP = `holdfast repozo: back up and recover a Data.fs, with the command line of repozo.

Usage: holdfast repozo [options]

Exactly one of these is needed:

    -B / --backup       Back up the current Data.fs.
    -R / --recover      Recover a Data.fs from a backup.
    -V / --verify       Verify the newest chain of backups.

For all of them:

    -r DIR / --repository=DIR
                        The directory that holds the backups; it must exist. Always needed.
    -v / --verbose      Tell on standard error what is done.
    -h / --help         Show this text and end.

With -B:

    -f FILE / --file=FILE
                        The Data.fs to back up. Always needed.
    -F / --full         Make a full backup. Without it an increment is made where one is possible.
    -Q / --quick        Look at checkpoints only, instead of comparing all that was backed up before.
    -z / --gzip         Compress the backup.
    -k / --kill-old-on-full
                        After a full backup, remove the backups before it (of the same history).
    --accept-new-history
                        (Holdfast's own) Take a file that is not the storage of this repository, or an older
                        state of it, as a new history.

With -R:

    -D DATE / --date=DATE
                        The state as of this date: yyyy-mm-dd[-hh[-mm[-ss]]] in UTC. Default: now.
    -o FILE / --output=FILE
                        Write to FILE, with an index beside it. Default: standard output.
    -w / --with-verify  Verify on the way.

With -V:

    -Q / --quick        Verify sizes only.
`;
