import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { cloneFile } from '../src/index.js';

test('a clone has the same bytes, and where the file system cannot there is nothing', async () => {
  const directory = await temporaryDirectory();
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  await writeFile(from, 'content');
  const cloned = await cloneFile(from, to);
  expect(await readdir(directory)).toEqual(cloned ? ['from', 'to'] : ['from']);
  if (cloned) expect(await readFile(to, 'utf8')).toBe('content');
});

test('a name that is taken stays as it is, and a missing file is an error', async () => {
  const directory = await temporaryDirectory();
  const [from, to] = [join(directory, 'from'), join(directory, 'to')];
  await writeFile(from, 'content');
  await writeFile(to, 'old');
  expect(await cloneFile(from, to).catch((error: unknown) => error)).toMatchObject({ code: 'fs.exists' });
  expect(await readFile(to, 'utf8')).toBe('old');
  await expect(cloneFile(join(directory, 'none'), join(directory, 'new'))).rejects.toMatchObject({
    code: 'fs.not-found',
  });
  await mkdir(join(directory, 'd'));
  expect(await readdir(directory)).toEqual(['d', 'from', 'to']);
});
