import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FileSystem, nodeFileSystem } from '@holdfast/durable-fs';
import { isHoldfastError } from '@holdfast/errors';
import { temporaryDirectory } from '@holdfast/test-kit';
import { readConfiguration } from '../src/config/read.js';
import type { Configuration } from '../src/config.js';

/** A directory with files; a name that ends with `/` is a directory. @param files name -> content */
export async function siteWith(files: Readonly<Record<string, string>>): Promise<string> {
  const site = await temporaryDirectory();
  for (const [name, content] of Object.entries({ 'var/filestorage/': '', ...files })) {
    const path = join(site, name);
    if (name.endsWith('/')) await mkdir(path, { recursive: true });
    else {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }
  }
  return site;
}

export const HOME = '/home/admin';

/** The configuration of a site with this `holdfast.toml`. */
export async function configurationOf(
  toml: string,
  env: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<{ readonly site: string; readonly configuration: Configuration }> {
  const site = await siteWith({ 'holdfast.toml': toml, ...files });
  const configuration = await readConfiguration(nodeFileSystem, { cwd: site, env: { HOME, ...env } });
  return { site, configuration };
}

/** What is wrong with a `holdfast.toml`; nothing where it can be read. */
export async function problemsOf(
  toml: string,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  try {
    await configurationOf(toml, env);
    return [];
  } catch (error) {
    if (!isHoldfastError(error, 'configuration.invalid')) throw error;
    return error.details.problems as readonly string[];
  }
}

/** A file system whose root is a directory of the real one; for calls with paths only. */
export function rootedAt(root: string): FileSystem {
  return new Proxy(nodeFileSystem, {
    get: (target, method: keyof FileSystem) => async (path: string, options?: never) => {
      const result: unknown = await (target[method] as (path: string, options?: never) => unknown)(
        join(root, path),
        options,
      );
      return method === 'realPath' ? String(result).slice(root.length) : result;
    },
  });
}
