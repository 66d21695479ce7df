import { HoldfastError } from '@holdfast/errors';
import type { ZopeAccess } from '@holdfast/snapshot-conf';

/** A storage that the server looks after; `name` is its address: `/<name>`. */
export interface ToolkitStorage {
  /** `[A-Za-z0-9][A-Za-z0-9_.-]{0,63}`, none of `RESERVED_NAMES`. */
  readonly name: string;
  /** What entering snapshot mode means. */
  readonly source: StorageSource;
  /** Longest life of a snapshot since it was last renewed. */
  readonly lifeSeconds: number;
  /** How it is backed up; undefined: not by this server. */
  readonly backups: StorageBackups | undefined;
}

export type StorageSource =
  /** Frozen by a hard link and its size. */
  | { readonly kind: 'filestorage'; readonly dataFs: string }
  /** Nothing else holds it: direct access. */
  | { readonly kind: 'directorystorage'; readonly directory: string }
  /** A Zope holds it: its own toolkit is asked. */
  | { readonly kind: 'zope'; readonly directory: string; readonly url: string; readonly access: ZopeAccess };

export type StorageBackups =
  /** A storage of a site: one run backs up all storages of the site. */
  | { readonly kind: 'site'; readonly configFile: string; readonly storage: string }
  /** Archives of a DirectoryStorage: its directory, and the prefix of the archives. */
  | { readonly kind: 'archives'; readonly directory: string; readonly prefix: string };

/** First parts of addresses that are no storage. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'RPC2',
  'api',
  'assets',
  'healthz',
  'login',
  'logout',
  'metrics',
  'readyz',
]);

/** @throws HoldfastError `toolkit.no-storage` */
export function storageNamed(storages: readonly ToolkitStorage[], name: string): ToolkitStorage {
  const storage = storages.find((candidate) => candidate.name === name);
  if (storage === undefined) throw noStorage(name);
  return storage;
}

export function noStorage(name: string): HoldfastError {
  return new HoldfastError('toolkit.no-storage', `there is no storage ${name}`);
}
