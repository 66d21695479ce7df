import { dirname, relative } from 'node:path';
import { isWithin } from '../config/paths.js';
import type { Draft, Setting } from './draft.js';

/** Options that are not set are shown in comments under their headings, so that one knows what there is. */
const GROUPS: readonly {
  readonly title: string;
  readonly options: readonly string[];
  readonly shown: string;
}[] = [
  {
    title: 'What is backed up. Paths are relative to the site.',
    options: ['datafs', 'blob_storage', 'only_blobs', 'backup_blobs'],
    shown: '',
  },
  {
    title: 'Where to. Relative paths are relative to var, or to locationprefix.',
    options: [
      'locationprefix',
      'location',
      'blobbackuplocation',
      'snapshotlocation',
      'blobsnapshotlocation',
      'ziplocation',
      'blobziplocation',
    ],
    shown: 'location = "backups"\nblobbackuplocation = "blobstoragebackups"',
  },
  {
    title:
      'How long backups are kept: full backups with their increments; then one of each day, week, month, year.',
    options: ['keep', 'keep_blob_days', 'keep_daily', 'keep_weekly', 'keep_monthly', 'keep_yearly'],
    shown: 'keep = 2\nkeep_daily = 0\nkeep_weekly = 0',
  },
  {
    title: 'Commands, for example to mount a disk.',
    options: [
      'pre_command',
      'post_command',
      'pre_restore_command',
      'post_restore_command',
      'command_timeout',
    ],
    shown: 'pre_command = "mount /backup"\npost_command = "umount /backup"',
  },
];

/**
 * A draft -> the text of a `holdfast.toml`.
 *
 * @param file where it will be, absolute
 */
export function tomlOf(draft: Draft, file: string): string {
  const grouped = GROUPS.flatMap(({ options }) => options);
  const others = draft.settings.filter(({ option }) => !grouped.includes(option));
  const blocks = [
    `# The configuration of Holdfast for ${oneLine(draft.site)}\n# Every option: docs/configuration.md. Without an option, its default counts.`,
    lines([
      ...(draft.name === 'backup' ? [] : [{ option: 'name', value: draft.name }]),
      ...siteSetting(draft, file),
    ]),
    ...GROUPS.map(({ title, options, shown }) => {
      const settings = draft.settings.filter(({ option }) => options.includes(option));
      return `# ${title}\n${settings.length === 0 ? commented(shown) : lines(settings)}`;
    }),
    others.length === 0 ? '' : `# More.\n${lines(others)}`,
    ...draft.storages.map(({ name, settings }) => `[storages.${key(name)}]\n${lines(settings)}`),
    sourcesTable(draft.sources),
  ];
  return `${blocks
    .filter((block) => block !== '')
    .map((block) => block.trimEnd())
    .join('\n\n')}\n`;
}

/** Where the file lies elsewhere, it says which directory it is of. */
function siteSetting({ site }: Draft, file: string): readonly Setting[] {
  const directory = dirname(file);
  if (directory === site || file === `${site}/etc/holdfast.toml`) return [];
  const value = isWithin(directory, site) ? relative(directory, site) : site;
  return [{ option: 'site', value: value.replaceAll('$', '$$$$') }];
}

function sourcesTable(sources: Draft['sources']): string {
  const entries = Object.entries(sources);
  if (entries.length === 0) return '';
  const rows = entries.map(([name, paths]) => `${key(name)} = [${paths.map(quoted).join(', ')}]`);
  return `# Where altrestore restores from: filestorage backups, then blob backups.\n[alternative_restore_source]\n${rows.join('\n')}`;
}

const lines = (settings: readonly Setting[]): string =>
  settings
    .map(
      ({ option, value, comment }) =>
        `${comment === undefined ? '' : `# ${oneLine(comment)}\n`}${option} = ${literal(value)}`,
    )
    .join('\n');

const commented = (text: string): string => text.replaceAll(/^/gm, '# ');

function literal(value: Setting['value']): string {
  if (typeof value !== 'string') return String(value);
  if (!value.includes('\n')) return quoted(value);
  const several = value
    .split('\n')
    .map((line) => quoted(line).slice(1, -1))
    .join('\n');
  return `"""\n${several}\n"""`;
}

/** A basic string of TOML: control characters, quotes and backslashes escaped. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/\u007f/g, '\\u007f');
}

const key = (name: string): string => (/^[A-Za-z0-9_-]+$/.test(name) ? name : quoted(name));

const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f]/g, '?');
