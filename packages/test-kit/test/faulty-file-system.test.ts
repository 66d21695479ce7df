import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAll } from '@holdfast/durable-fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { FaultyFileSystem, SimulatedCrash, temporaryDirectory } from '../src/index.js';

let directory: string;
let fs: FaultyFileSystem;
const at = (name: string) => join(directory, name);

beforeEach(async () => {
  directory = await temporaryDirectory();
  fs = new FaultyFileSystem();
});

describe('a faulty file system', () => {
  test('does what the one behind it does, and keeps a log', async () => {
    const file = await fs.create(at('a'), 0o600);
    await file.write(Buffer.from('hello'), 0);
    await file.sync();
    await file.close();
    await fs.rename(at('a'), at('b'));
    expect(readFileSync(at('b'), 'utf8')).toBe('hello');
    expect(fs.calls).toEqual([
      { method: 'create', path: at('a') },
      { method: 'write', path: at('a'), length: 5 },
      { method: 'sync', path: at('a') },
      { method: 'close', path: at('a') },
      { method: 'rename', path: at('b'), from: at('a') },
    ]);
  });

  test.each([
    ['EIO', 'fs.io'],
    ['ENOSPC', 'fs.no-space'],
    ['EDQUOT', 'fs.no-space'],
    ['EACCES', 'fs.permission'],
    ['EROFS', 'fs.read-only'],
    ['EMFILE', 'fs.too-many-open-files'],
    ['EXDEV', 'fs.cannot-link'],
  ])('gives %s the code of the real one, %s', async (error, code) => {
    fs.fail('makeDirectory', error);
    await expect(fs.makeDirectory(at('d'), 0o700)).rejects.toMatchObject({ code, path: at('d') });
    await fs.makeDirectory(at('d'), 0o700);
  });

  test('strikes the nth call of a method on a path, and as many more as are asked for', async () => {
    fs.fail('unlink', 'EIO', { nth: 2, times: 2, path: /wanted/ });
    for (const name of ['wanted1', 'other', 'wanted2', 'wanted3', 'wanted4']) writeFileSync(at(name), '');
    await fs.unlink(at('wanted1'));
    await fs.unlink(at('other'));
    await expect(fs.unlink(at('wanted2'))).rejects.toMatchObject({ code: 'fs.io' });
    await expect(fs.unlink(at('wanted3'))).rejects.toMatchObject({ code: 'fs.io' });
    await fs.unlink(at('wanted4'));
  });

  test('makes writes and reads short', async () => {
    fs.shortWrite(2, { nth: 1 }).shortRead(3, { nth: 1 });
    const file = await fs.create(at('a'), 0o600);
    expect(await file.write(Buffer.from('hello'), 0)).toBe(2);
    expect(await file.write(Buffer.from('llo'), 2)).toBe(3);
    const target = Buffer.alloc(5);
    expect(await file.read(target, 0)).toBe(3);
    expect(await file.read(target, 0)).toBe(5);
    fs.shortWrite(0).shortRead(0);
    expect(await file.write(Buffer.from('x'), 0)).toBe(0);
    expect(await file.read(target, 0)).toBe(0);
    await file.close();
  });

  test('closes a file whose close fails', async () => {
    fs.fail('close', 'EIO');
    const file = await fs.create(at('a'), 0o600);
    await expect(file.close()).rejects.toMatchObject({ code: 'fs.io' });
    expect(fs.openFiles).toEqual([]);
  });

  test('lets something else happen first', async () => {
    writeFileSync(at('a'), 'long content');
    fs.before('read', () => writeFileSync(at('a'), 'x'));
    const file = await fs.openRead(at('a'));
    expect(await file.read(Buffer.alloc(100), 0)).toBe(1);
    await file.close();
  });

  test('refuses the name of an error that does not exist', async () => {
    fs.fail('stat', 'ESPAM');
    await expect(fs.stat(directory)).rejects.toThrow('ESPAM is not');
  });
});

describe('a simulated crash', () => {
  test('before a call: it is not made, and no later one either', async () => {
    fs.crashBefore('rename');
    const file = await fs.create(at('a'), 0o600);
    await expect(fs.rename(at('a'), at('b'))).rejects.toThrow(SimulatedCrash);
    await expect(fs.lstat(at('a'))).rejects.toThrow(SimulatedCrash);
    await expect(file.write(Buffer.from('late'), 0)).rejects.toThrow(SimulatedCrash);
    await expect(file.close()).rejects.toThrow(SimulatedCrash);
    expect(readFileSync(at('a'), 'utf8')).toBe('');
    expect(fs.openFiles).toEqual([]);
  });

  test('after a call: it is made, and its result is never seen', async () => {
    fs.crashAfter('rename');
    await (await fs.create(at('a'), 0o600)).close();
    await expect(fs.rename(at('a'), at('b'))).rejects.toThrow(SimulatedCrash);
    expect(readFileSync(at('b'), 'utf8')).toBe('');
  });

  test('in a write: half of it is on the disk', async () => {
    fs.crashAtMutation(2, 'torn');
    const file = await fs.create(at('a'), 0o600);
    await expect(writeAll(file, Buffer.from('12345678'), 0)).rejects.toThrow(SimulatedCrash);
    expect(readFileSync(at('a'), 'utf8')).toBe('1234');
  });

  test('closes the files of the dead process', async () => {
    const file = await fs.create(at('a'), 0o600);
    const { fd } = file;
    await expect(fs.crash('now')).rejects.toThrow('simulated crash: now');
    expect(() => readFileSync(fd)).toThrow('EBADF');
  });

  test('does not count what does not change the disk', async () => {
    fs.crashAtMutation(1);
    await fs.lstat(directory);
    await fs.readDirectory(directory);
    await expect(fs.makeDirectory(at('d'), 0o700)).rejects.toThrow(SimulatedCrash);
  });
});
