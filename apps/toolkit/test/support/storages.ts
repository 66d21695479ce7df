import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleFile, temporaryDirectory } from '@holdfast/test-kit';
import { startZope, type Zope } from '../../../../packages/directorystorage/test/snapshot/support/zope.js';
import { unpackFixture } from '../../../../packages/directorystorage/test/support/fixture.js';

/** Where things are, and the tables of a configuration that serves them. */
export interface Served {
  readonly directory: string;
  readonly toml: string;
}

/** `/main`: a `Data.fs` of a site that backs it up. */
export async function serveSite(
  life = '15m',
  options: { readonly transactions?: number } = {},
): Promise<Served & { readonly dataFs: string }> {
  const directory = await temporaryDirectory();
  const dataFs = join(directory, 'var/filestorage/Data.fs');
  await mkdir(join(directory, 'var/filestorage'), { recursive: true });
  await sampleFile(dataFs, options);
  await writeFile(join(directory, 'holdfast.toml'), 'keep = 2\n');
  const site = join(directory, 'holdfast.toml');
  return { directory, dataFs, toml: table('main', { kind: 'filestorage', site, life }) };
}

/** `/pages`: a DirectoryStorage that nothing else holds, with archives. */
export async function serveDirectory(life = '15m'): Promise<Served> {
  const directory = await unpackFixture('clean-chunky');
  await mkdir(join(directory, 'backups'), { recursive: true });
  return {
    directory,
    toml: table('pages', { kind: 'directorystorage', directory, life, archives: 'nightly' }),
  };
}

/** `/zope`: one that a Zope holds (`toolkit.py`). */
export async function serveZope(life = '15m'): Promise<Served & { readonly zope: Zope }> {
  const directory = await unpackFixture('clean-flat');
  const zope = await startZope(directory);
  const access = join(await temporaryDirectory(), 'zope-access');
  await writeFile(access, 'backup:geheim\n');
  await chmod(access, 0o600);
  return { directory, zope, toml: table('zope', { kind: 'zope', directory, url: zope.url, access, life }) };
}

function table(name: string, values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
  return `[storages.${name}]\n${lines.join('')}`;
}
