/** A script to write: its name, and what it has in it. */
export interface Script {
  readonly name: string;
  readonly command: ScriptCommand;
  readonly text: string;
}

type ScriptCommand =
  | 'backup'
  | 'fullbackup'
  | 'snapshotbackup'
  | 'zipbackup'
  | 'restore'
  | 'snapshotrestore'
  | 'ziprestore'
  | 'altrestore';

export interface ScriptsRequest {
  /** Name of the part. */
  readonly name: string;
  readonly enable: {
    readonly snapshotrestore: boolean;
    readonly zipbackup: boolean;
    readonly fullbackup: boolean;
  };
  readonly alternative: boolean;
  /** The `holdfast.toml`, absolute. */
  readonly file: string;
  /** How Holdfast is started where there is no `holdfast` on the path (cron has a short one); absolute paths. */
  readonly program: readonly string[];
}

/** In the second line of every script of ours. */
export const MARK = '# Written by `holdfast init --scripts`';

/** Names of the scripts of another part than `backup`: this, after its name. */
const SUFFIXES: Readonly<Record<ScriptCommand, string>> = {
  backup: '',
  fullbackup: '-full',
  snapshotbackup: '-snapshot',
  zipbackup: '-zip',
  restore: '-restore',
  snapshotrestore: '-snapshotrestore',
  ziprestore: '-ziprestore',
  altrestore: '-altrestore',
};

/** The scripts that the recipe would make for a part, each running the command of Holdfast. */
export function planScripts(request: ScriptsRequest): readonly Script[] {
  const { name, enable, alternative } = request;
  const wanted: Readonly<Record<ScriptCommand, boolean>> = {
    backup: true,
    fullbackup: enable.fullbackup,
    snapshotbackup: true,
    zipbackup: enable.zipbackup,
    restore: true,
    snapshotrestore: enable.snapshotrestore,
    ziprestore: enable.zipbackup,
    altrestore: alternative,
  };
  const commands = (Object.keys(SUFFIXES) as ScriptCommand[]).filter((command) => wanted[command]);
  return commands.map((command) => ({
    name: name === 'backup' ? command : `${name}${SUFFIXES[command]}`,
    command,
    text: scriptText(command, request),
  }));
}

function scriptText(command: ScriptCommand, { name, file, program }: ScriptsRequest): string {
  const rest = `${command} --config ${quoted(file)} "$@"`;
  return [
    '#!/bin/sh',
    `${MARK}: cron lines stay as they are.`,
    // A script of that name may be what is on the path.
    ...(name === 'holdfast'
      ? []
      : ['if command -v holdfast >/dev/null 2>&1; then', `  exec holdfast ${rest}`, 'fi']),
    `exec ${program.map(quoted).join(' ')} ${rest}`,
    '',
  ].join('\n');
}

/** One word of `sh`. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
