import { HoldfastError } from '@holdfast/errors';
import type { ToolkitStorage } from '../storages.js';

/** @throws HoldfastError `toolkit.no-storage` */
export function storageNamed(storages: readonly ToolkitStorage[], name: string): ToolkitStorage {
  const storage = storages.find((candidate) => candidate.name === name);
  if (storage === undefined) throw new HoldfastError('toolkit.no-storage', `there is no storage '${name}'`);
  return storage;
}
