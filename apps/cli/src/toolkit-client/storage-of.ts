import { HoldfastError } from '@holdfast/errors';
import type { Context } from '../context.js';
import { ask } from './ask.js';
import type { ToolkitPlace } from './place.js';
import { isStorages } from './shapes.js';

/** The storage that was asked for, or the only one that the server backs up; for an address. @throws HoldfastError `usage`, `toolkit.no-backups` */
export async function storageOf(
  { signal }: Context,
  place: ToolkitPlace,
  wanted: string | undefined,
): Promise<string> {
  if (wanted !== undefined) return encodeURIComponent(wanted);
  const { storages } = await ask(place, { path: 'storages', signal }, isStorages);
  const names = storages.filter(({ backups }) => backups !== null).map(({ name }) => name);
  if (names.length === 0) throw new HoldfastError('toolkit.no-backups', 'the server backs up no storage');
  if (names.length === 1) return names[0]!;
  throw new HoldfastError('usage', `the server backs up several storages: ${names.join(', ')}`, {
    hint: 'Say which one with --storage.',
  });
}
