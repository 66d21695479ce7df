import { chmod, mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem, systemClock } from '@holdfast/durable-fs';
import { FaultyFileSystem, FixedClock } from '@holdfast/test-kit';
import { describe, expect, test } from 'vitest';
import { LiveUsers } from '../src/auth/live-users.js';
import { accessFile, RecordedLog } from './support/auth-app.js';

describe('an access file that changes while the server runs', () => {
  async function opened(text: string, fs = new FaultyFileSystem()) {
    const file = await accessFile(text);
    const clock = new FixedClock(Date.now());
    const log = new RecordedLog();
    const users = new LiveUsers(fs, file.path, clock, log);
    await users.open();
    const names = async () => {
      clock.advance(1000);
      return (await users.current()).list.map(({ name }) => name).join();
    };
    return { ...file, fs, clock, log, users, names };
  }

  test('is reread, at most once a second, and not when it is the same', async () => {
    const { users, clock, fs, write, names } = await opened('anna:x');
    await write('bert:x');
    expect((await users.current()).list[0]!.name).toBe('anna');
    expect(await names()).toBe('bert');
    clock.advance(10_000);
    await users.current();
    clock.advance(1000);
    const before = fs.calls.length;
    const same = await users.current();
    await Promise.all(Array.from({ length: 100 }, () => users.current()));
    expect(fs.calls.slice(before).map(({ method }) => method)).toEqual(['lstat']);
    expect(await users.current()).toBe(same);
  });

  test('is reread also when only its inode tells the change', async () => {
    const { path, directory, clock, names } = await opened('anna:x');
    const { mtime } = await stat(path);
    clock.advance(60_000);
    expect(await names()).toBe('anna');
    const other = join(directory, 'other');
    await writeFile(other, 'bert:x', { mode: 0o600 });
    await utimes(other, mtime, mtime);
    await rename(other, path);
    expect(await names()).toBe('bert');
  });

  test('in one tick of its time, with the same size, is seen all the same', async () => {
    const { path, names, clock } = await opened('anna:x');
    const tick = new Date(clock.now() + 500);
    await utimes(path, tick, tick);
    expect(await names()).toBe('anna');
    await writeFile(path, 'bert:x');
    await utimes(path, tick, tick);
    expect(await names()).toBe('bert');
  });

  test('in nothing but its time leaves all as it is: nobody has to prove anything anew', async () => {
    const { path, users, names } = await opened('anna:x');
    const before = await users.current();
    await utimes(path, new Date(0), new Date(0));
    await names();
    expect(await users.current()).toBe(before);
  });

  test.each([
    ['a line that cannot be', (path: string) => writeFile(path, 'anna:x\nnonsense\n'), 'line 2'],
    ['no user', (path: string) => writeFile(path, ''), 'names no user'],
    ['a loose mode', (path: string) => chmod(path, 0o644), 'mode 0644'],
    ['nothing there', (path: string) => rm(path), 'no such file'],
    ['a directory', (path: string) => rm(path).then(() => mkdir(path)), 'not a regular file'],
    ['a fifth of a hash', (path: string) => writeFile(path, 'bert:$scrypt$ln=15,r='), 'line 1'],
  ])('to something broken: the users before go on, loudly (%s)', async (_, break_, reason) => {
    const { path, names, log, clock } = await opened('anna:geheim');
    await break_(path);
    expect(await names()).toBe('anna');
    expect(await names()).toBe('anna');
    const errors = () => log.lines.filter(({ level }) => level === 'error');
    expect(errors()).toHaveLength(1);
    expect(errors()[0]!.fields.reason).toContain(reason);
    clock.advance(60_000);
    await names();
    expect(errors()).toHaveLength(2);
    await rm(path, { recursive: true, force: true });
    await writeFile(path, 'carla:x', { mode: 0o600 });
    expect(await names()).toBe('carla');
    expect(JSON.stringify(log.lines)).not.toContain('geheim');
  });

  test('on a disk that fails for a moment', async () => {
    const { fs, names, write } = await opened('anna:x');
    await write('bert:x');
    fs.fail('lstat', 'EIO').fail('read', 'EIO');
    expect(await names()).toBe('anna');
    expect(await names()).toBe('anna');
    expect(await names()).toBe('bert');
  });

  test('on a disk that does not answer: two seconds, then nobody waits for it', async () => {
    const { fs, users, clock, log } = await opened('anna:x');
    let answer = () => {};
    const hanging = new Promise<void>((resolve) => {
      answer = resolve;
    });
    fs.before('lstat', () => hanging);
    clock.advance(1000);
    const started = performance.now();
    expect((await users.current()).list).toHaveLength(1);
    expect(performance.now() - started).toBeGreaterThan(1900);
    for (let n = 0; n < 5; n++) {
      clock.advance(1000);
      await users.current();
    }
    expect(performance.now() - started).toBeLessThan(3000);
    expect(log.lines.at(-1)!.fields.reason).toContain('no answer');
    answer();
  });

  test('that is broken at the start is told at once', async () => {
    const { path } = await accessFile('# nobody yet\n');
    const users = new LiveUsers(nodeFileSystem, path, systemClock, new RecordedLog());
    await expect(users.open()).rejects.toMatchObject({ code: 'toolkit.access', path });
  });
});
