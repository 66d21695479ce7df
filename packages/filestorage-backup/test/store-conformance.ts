import { isHoldfastError } from '@holdfast/errors';
import { describe, expect, test } from 'vitest';
import { publishText, readText, type Store } from '../src/store.js';

/** What every `Store` must do; each implementation's test calls this with a way to make an empty one. */
export function storeConformance(name: string, make: () => Promise<Store>): void {
  describe(`store conformance: ${name}`, () => {
    test('is empty when it is new, and lists what was published with its size', async () => {
      const store = await make();
      expect(await store.list()).toEqual([]);
      await publishText(store, 'a.fs', 'hello');
      await publishText(store, 'b.fs', '');
      const files = [...(await store.list())].sort((a, b) => a.name.localeCompare(b.name));
      expect(files).toMatchObject([
        { name: 'a.fs', size: 5 },
        { name: 'b.fs', size: 0 },
      ]);
      for (const { modifiedMs } of files) expect(Math.abs(Date.now() - modifiedMs)).toBeLessThan(60_000);
    });

    test('reads any range, and says when it ends before', async () => {
      const store = await make();
      await publishText(store, 'a', '0123456789');
      const reader = await store.open('a');
      const target = Buffer.alloc(4);
      await reader.read(target, 3);
      expect(target.toString()).toBe('3456');
      await expect(reader.read(target, 8)).rejects.toSatisfy((error) =>
        isHoldfastError(error, 'fs.short-read'),
      );
      await reader.close();
    });

    test('shows a file under its name only when it is published, whole', async () => {
      const store = await make();
      const file = await store.create('a');
      await file.append(Buffer.from('one'));
      await file.append(Buffer.from('two'));
      expect(await store.list()).not.toContainEqual(expect.objectContaining({ name: 'a' }));
      await file.seal();
      expect(await store.list()).not.toContainEqual(expect.objectContaining({ name: 'a' }));
      expect(file.size).toBe(6);
      await file.publish();
      await file.dispose();
      expect(await readText(store, 'a', 100)).toBe('onetwo');
    });

    test('forgets what was not published', async () => {
      const store = await make();
      const file = await store.create('a');
      await file.append(Buffer.from('one'));
      await file.dispose();
      await file.dispose();
      expect(await store.list()).toEqual([]);
    });

    test('removes what an unfinished publication left', async () => {
      const store = await make();
      const file = await store.create('a');
      await file.append(Buffer.from('one'));
      await store.removeLeftovers();
      expect(await store.list()).toEqual([]);
      await file.dispose();
    });

    test('never replaces a file, unless it is told to', async () => {
      const store = await make();
      await publishText(store, 'a', 'old');
      await expect(publishText(store, 'a', 'new')).rejects.toMatchObject({ code: 'fs.exists' });
      expect(await readText(store, 'a', 100)).toBe('old');
      await publishText(store, 'a', 'new', { replace: true });
      expect(await readText(store, 'a', 100)).toBe('new');
      expect((await store.list()).map(({ name }) => name)).toEqual(['a']);
    });

    test('moves a file, but not over another one', async () => {
      const store = await make();
      await publishText(store, 'a', 'A');
      await publishText(store, 'b', 'B');
      await expect(store.move('a', 'b')).rejects.toMatchObject({ code: 'fs.exists' });
      await store.move('a', 'c');
      expect(await readText(store, 'c', 100)).toBe('A');
      expect(await readText(store, 'b', 100)).toBe('B');
      await expect(store.open('a')).rejects.toMatchObject({ code: 'fs.not-found' });
    });

    test('removes a file, and takes it easy when it is not there', async () => {
      const store = await make();
      await publishText(store, 'a', 'A');
      await store.remove('a');
      await store.remove('a');
      expect(await store.list()).toEqual([]);
    });

    test.each(['', '.', '..', 'a/b', '../a', 'a\0b'])('takes no name like %j', async (bad) => {
      const store = await make();
      await expect(store.create(bad)).rejects.toThrow();
      await expect(store.open(bad)).rejects.toThrow();
      await expect(store.remove(bad)).rejects.toThrow();
    });
  });
}
