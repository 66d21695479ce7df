import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { lockPath } from '../src/index.js';

const command = 'holdfast lock run';
const lockFile = async (text?: string) => {
  const path = join(await temporaryDirectory(), 'some.lock');
  if (text !== undefined) await writeFile(path, text);
  return path;
};

describe('a lock on any file, for a command', () => {
  test('writes a record into a new or empty file and over an older record', async () => {
    const path = await lockFile();
    for (let round = 0; round < 2; round += 1) {
      await using _lock = await lockPath(path, { command: `${command} ${round}` });
      expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
        pid: process.pid,
        command: `${command} ${round}`,
      });
    }
    await writeFile(path, '');
    await using _lock = await lockPath(path, { command });
    expect(await readFile(path, 'utf8')).toContain(command);
  });

  test.each([
    ['4711\n', `${process.pid}\n`],
    [' 4711\n', ` ${process.pid}\n`],
    ['precious data', 'precious data'],
    ['{"json":"of somebody else"}', '{"json":"of somebody else"}'],
    ['12 monkeys', '12 monkeys'],
  ])('keeps the manner of the text %j', async (before, after) => {
    const path = await lockFile(before);
    await using _lock = await lockPath(path, { command });
    expect(await readFile(path, 'utf8')).toBe(after);
  });

  test('is shared without a word, and busy with the name of the holder', async () => {
    const path = await lockFile();
    await using lock = await lockPath(path, { command });
    await expect(lockPath(path, { command: 'other', wait: 20 })).rejects.toMatchObject({
      code: 'lock.busy',
      message: expect.stringContaining(`'${command}' (process ${process.pid} on `),
    });
    await lock.release();
    const text = await readFile(path, 'utf8');
    await using _reader = await lockPath(path, { command: 'reader', mode: 'shared' });
    expect(await readFile(path, 'utf8')).toBe(text);
  });
});
