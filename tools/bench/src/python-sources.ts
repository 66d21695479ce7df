import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pythonOutput } from '@holdfast/test-kit';

/** Enough that gzip, which looks back 32 KiB, meets each stretch as if for the first time. */
const ENOUGH = 12 << 20;

/**
 * Real text to make objects of: the sources of the peers' own Python, which are on every machine that can run this
 * benchmark. Random words would not do: gzip searches long for the best match in real text, with its many beginnings
 * alike, and hardly at all in random words, so that repozo would look several times faster than it is on a site.
 */
export async function pythonSources(): Promise<Buffer> {
  const library = (await pythonOutput("import sysconfig; print(sysconfig.get_paths()['stdlib'])")).trim();
  const entries = await readdir(library, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.py'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/\/(test|tests|site-packages|idle_test|lib2to3)\//.test(path))
    .sort();
  const parts: Buffer[] = [];
  let size = 0;
  for (const path of paths) {
    const text = await readFile(path);
    if (text.some((byte) => byte > 127)) continue;
    parts.push(text);
    size += text.length;
    if (size >= ENOUGH) break;
  }
  if (size < ENOUGH / 12) throw new Error(`${library} holds only ${size} bytes of Python sources`);
  return Buffer.concat(parts);
}
