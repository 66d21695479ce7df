import { isHoldfastError } from '@holdfast/errors';
import type { Engine } from './engine.js';
import { LARGEST_DAT } from './repository.js';
import { publishText, readText, type Store } from './store.js';

/** One step of a removal, as data: `--dry-run` shows it. */
export type RemovalStep =
  | { readonly kind: 'remove'; readonly name: string; readonly bytes: number }
  | {
      readonly kind: 'write-dat';
      readonly name: string;
      readonly text: string;
      readonly bytes: 0;
      /**
       * A disk that is full has no room for the new `.dat` before something is removed: `skip` leaves the old one,
       * whose lines beyond the last file do no harm, and the step comes again, with `fail`, when the files are gone.
       */
      readonly onFullDisk: 'skip' | 'fail';
    };

export async function applyRemoval({ store }: Pick<Engine, 'store'>, removal: RemovalStep): Promise<void> {
  if (removal.kind === 'remove') return store.remove(removal.name);
  const { name, text, onFullDisk } = removal;
  if ((await currentText(store, name)) === text) return;
  try {
    await publishText(store, name, text, { replace: true });
  } catch (error) {
    if (onFullDisk === 'fail' || !isHoldfastError(error, 'fs.no-space')) throw error;
  }
}

async function currentText(store: Store, name: string): Promise<string | undefined> {
  try {
    return await readText(store, name, LARGEST_DAT);
  } catch (error) {
    if (isHoldfastError(error, 'fs.not-found')) return undefined;
    throw error;
  }
}
