/** What the answers of the API hold (docs/toolkit/api.md), as far as the commands rely on it: a stranger's JSON is none of them. */
import type { ListData, ShowData } from '@holdfast/backup';
import type { StatusData } from '@holdfast/monitor';
import type { RemoteJob } from './job.js';

interface NamedStorage {
  readonly name: string;
  /** `site`, `archives`; null: the server does not back it up. */
  readonly backups: string | null;
}

export interface Storages {
  readonly storages: readonly NamedStorage[];
}

export function isStorages(value: unknown): value is Storages {
  return isObject(value) && isListOf(value.storages, (one) => typeof one.name === 'string');
}

export function isSetList(value: unknown): value is ListData {
  return isObject(value) && isListOf(value.sets, isSet) && Array.isArray(value.problems);
}

export function isShown(value: unknown): value is ShowData {
  return (
    isObject(value) &&
    isObject(value.set) &&
    isSet(value.set) &&
    isListOf(value.files, ({ files, sizes }) => Array.isArray(files) && Array.isArray(sizes))
  );
}

export function isStatus(value: unknown): value is StatusData {
  return (
    isObject(value) &&
    isObject(value.verdict) &&
    Array.isArray(value.verdict.reasons) &&
    isObject(value.source) &&
    isListOf(value.sets, ({ id }) => typeof id === 'string')
  );
}

export function isJob(value: unknown): value is RemoteJob {
  return (
    isObject(value) &&
    typeof value.id === 'string' &&
    typeof value.state === 'string' &&
    Array.isArray(value.lines) &&
    Array.isArray(value.warnings)
  );
}

type Members = Readonly<Record<string, unknown>>;

function isSet({ id, storages, problems }: Members): boolean {
  return typeof id === 'string' && isListOf(storages, () => true) && Array.isArray(problems);
}

function isListOf(value: unknown, is: (item: Members) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => isObject(item) && is(item));
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null;
}
