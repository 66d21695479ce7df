import { type FileSystem, nodeFileSystem, type OpenFile } from '@holdfast/durable-fs';

const nothing = async () => {};

/** The real file system without its fsyncs: what a model test compares does not depend on them, and they take most of the time. */
export const unsynced: FileSystem = replacing(nodeFileSystem, {
  syncDirectory: nothing,
  create: async (path, mode) => unsyncedFile(await nodeFileSystem.create(path, mode)),
  openWrite: async (path) => unsyncedFile(await nodeFileSystem.openWrite(path)),
});

function unsyncedFile(file: OpenFile): OpenFile {
  return replacing(file, { sync: nothing });
}

function replacing<T extends object>(original: T, replaced: Partial<T>): T {
  return new Proxy(original, {
    get(target, name) {
      if (name in replaced) return replaced[name as keyof T];
      const value = target[name as keyof T];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
