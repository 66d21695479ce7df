import { dirname } from 'node:path';
import type { StorageBackups, StorageSource, ToolkitStorage } from './storages.js';

/** One part of a path, as far as a text shows where it ends. */
const PART = /[^\s/'"`<>|;,()]+/.source;
/** An absolute path: not the rest of a URL (`https://host/a`), not a fraction (`3/4`). Its last part is the group. */
const ABSOLUTE = new RegExp(`(?<![\\w.:/~-])/(?:${PART}/)*((?:${PART})?)`, 'g');

/**
 * A text for those who may not know where things lie: each absolute path becomes its last part
 * (`/srv/zope/var/filestorage/Data.fs`: `Data.fs`).
 *
 * @param known paths that may stand in the text, or begin one there: with blanks, commas and quotes, where only they show its
 *   end
 */
export function withoutPaths(text: string, known: readonly string[] = []): string {
  // Of two roots, one in the other, the longer one goes first.
  const roots = known.map((path) => path.replace(/\/+$/, '')).sort((a, b) => b.length - a.length);
  const first = roots.reduce(withoutRoot, text);
  return first.replace(ABSOLUTE, (path, last: string) => (last === '' && path === '/' ? path : last));
}

/** The root alone becomes its last part; a path below it, or one that begins as it does: the last part of that. */
function withoutRoot(text: string, root: string): string {
  if (!root.includes('/') || !text.includes(root)) return text;
  const base = root.split('/').pop() ?? '';
  const literally = root.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const path = new RegExp(`(?<![\\w.~-])${literally}((?:${PART})?)(?:/+(${PART}))*/*`, 'g');
  return text.replace(path, (_, more: string, last: string | undefined) => last ?? `${base}${more}`);
}

/**
 * Every text in a piece of JSON. A text that is a path and nothing else becomes its last part, blanks or not.
 *
 * @param known as of `withoutPaths`
 */
export function withoutPathsIn<T>(value: T, known: readonly string[] = []): T {
  if (typeof value === 'string') {
    const isPath = value.startsWith('/') && !/[:;,()'"]/.test(value);
    return withoutPaths(value, isPath ? [...known, value] : known) as T;
  }
  if (Array.isArray(value)) return value.map((item) => withoutPathsIn<unknown>(item, known)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutPathsIn<unknown>(item, known)]),
  ) as T;
}

/** What the paths of a server become in all that it tells. Made once, with the places that it knows, so that nobody forgets them. */
export interface PathFilter {
  /** A sentence, as `withoutPaths`. @param also further paths that may stand in it */
  text(text: string, ...also: readonly string[]): string;
  /** A piece of JSON, as `withoutPathsIn`. */
  data<T>(value: T): T;
}

export function pathFilter(storages: readonly ToolkitStorage[]): PathFilter {
  const roots = rootsOf(storages);
  return {
    text: (text, ...also) => withoutPaths(text, [...also, ...roots]),
    data: (value) => withoutPathsIn(value, roots),
  };
}

/** Where the storages and their backups lie, and the directories around them: for `withoutPaths`. */
export function rootsOf(storages: readonly ToolkitStorage[]): readonly string[] {
  const roots = storages.flatMap(({ source, backups }) => [...sourceRoots(source), ...backupRoots(backups)]);
  return [...new Set(roots)];
}

function sourceRoots(source: StorageSource): readonly string[] {
  return withParent(source.kind === 'filestorage' ? source.dataFs : source.directory);
}

function backupRoots(backups: StorageBackups | undefined): readonly string[] {
  if (backups === undefined) return [];
  return withParent(backups.kind === 'site' ? backups.configFile : backups.directory);
}

function withParent(path: string): readonly string[] {
  return [path, dirname(path)];
}
