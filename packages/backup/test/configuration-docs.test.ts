import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { OPTION_NAMES, STORAGE_OPTION_NAMES } from '../src/config/schema.js';
import type { Configuration } from '../src/config.js';
import { configurationOf } from './site.js';

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');

/** The rows of all tables in a part of the page whose head is option, default, meaning. */
function rowsOf(text: string): readonly (readonly [string, string])[] {
  const tables = text.split('| option | default | meaning |\n|---|---|---|\n').slice(1);
  return tables.flatMap((table) =>
    table
      .slice(0, table.indexOf('\n\n'))
      .split('\n')
      .map((line): [string, string] => {
        const [, option = '', initial = ''] = line.split('|').map((cell) => cell.trim());
        return [option.replaceAll('`', ''), initial];
      }),
  );
}

const [top = '', storages = '', rest = ''] = page.split(/^## (?:More storages|How long backups are kept)$/m);
const options = rowsOf(top).concat(rowsOf(rest));
const withDefault = options.flatMap(([option, initial]) => {
  const value = /^`(.*)`$/.exec(initial)?.[1];
  return value === undefined ? [] : [[option, value] as const];
});

describe('docs/configuration.md', () => {
  test('has just the options that there are', () => {
    expect(options.map(([option]) => option).sort()).toEqual([...OPTION_NAMES].sort());
  });

  test('has just the options of a storage that there are', () => {
    expect(
      rowsOf(storages)
        .map(([option]) => option)
        .sort(),
    ).toEqual([...STORAGE_OPTION_NAMES].sort());
  });

  test.each(withDefault)('%s is %s when it is left out', async (option, value) => {
    const relative = ({ file: _, warnings: __, ...configuration }: Configuration, site: string) =>
      JSON.parse(JSON.stringify(configuration).replaceAll(site, 'SITE')) as unknown;
    const files = { 'var/blobstorage/': '' };
    const plain = await configurationOf('', {}, files);
    const set = await configurationOf(`${option} = ${value}`, {}, files);
    expect(relative(set.configuration, set.site)).toEqual(relative(plain.configuration, plain.site));
  });

  test('tells the default of most options', () => {
    expect(withDefault.length).toBeGreaterThan(35);
  });

  test('its example can be read', async () => {
    const [, example = ''] = page.split('```toml\n');
    const { configuration } = await configurationOf(example.split('```')[0]!);
    expect(configuration.storages.map(({ name }) => name)).toEqual(['catalog', 'main']);
  });
});

describe('docs/migration.md', () => {
  const migration = readFileSync(new URL('../../../docs/migration.md', import.meta.url), 'utf8');

  test('has every option, either as one of the recipe or as a new one', () => {
    const [, table = '', others = ''] = /## Options\n(.*?)\nNew: (.*?)\n\n/s.exec(migration) ?? [];
    const old = [...table.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);
    const names = [...others.matchAll(/`([\w-]+)`/g)].map(([, name]) => name);
    expect([...old, ...names, 'storages'].sort()).toEqual([...OPTION_NAMES].sort());
  });
});
