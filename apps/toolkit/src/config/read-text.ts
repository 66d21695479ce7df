import { type FileSystem, readExactly } from '@holdfast/durable-fs';
import { HoldfastError, isHoldfastError } from '@holdfast/errors';

/** No configuration is longer, bytes. */
const LIMIT = 256 * 1024;

/** The text of a `toolkit.toml`. @throws HoldfastError `toolkit.configuration`: not to be read, not UTF-8, or others can write it */
export async function readText(fs: FileSystem, path: string): Promise<string> {
  const file = await open(fs, path);
  try {
    const { size, mode } = await file.stat();
    if ((mode & 0o022) !== 0)
      throw new HoldfastError('toolkit.configuration', `others than its owner can write ${path}`, {
        path,
        hint: `It says what the server may do, so take that right away: chmod go-w ${path}`,
      });
    if (size > LIMIT)
      throw new HoldfastError('toolkit.configuration', `${path} is larger than ${LIMIT} bytes`, {
        path,
        hint: 'Is it another file? Give --config the path of a toolkit.toml.',
      });
    return new TextDecoder('utf-8', { fatal: true }).decode(await readExactly(file, 0, size));
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new HoldfastError('toolkit.configuration', `${path} is not UTF-8`, {
      path,
      cause,
      hint: 'Save it as UTF-8, or give --config the path of a toolkit.toml.',
    });
  } finally {
    await file.close();
  }
}

async function open(fs: FileSystem, path: string) {
  try {
    return await fs.openRead(path, { followSymlinks: true });
  } catch (cause) {
    if (!isHoldfastError(cause)) throw cause;
    throw new HoldfastError('toolkit.configuration', cause.message, {
      path,
      cause,
      hint: hintOf(cause, path),
    });
  }
}

function hintOf({ code }: HoldfastError, path: string): string {
  if (code === 'fs.not-found')
    return `Write it, or give --config another path; docs/toolkit/configuration.md begins with one to copy.`;
  if (code === 'fs.permission')
    return `Let the user of the server read ${path}, or be that user (sudo -u USER).`;
  return 'Give --config the path of a toolkit.toml.';
}
