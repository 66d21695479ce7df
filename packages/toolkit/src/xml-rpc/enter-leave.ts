import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import type { HeldSnapshot } from '../snapshots/snapshot-keeper.js';
import type { CallContext } from './method.js';

type Where = Pick<CallContext, 'toolkit' | 'storage' | 'identity'>;

/** @throws HoldfastError as `SnapshotKeeper.enter`; in a snapshot already: with the code that it is in */
export async function enterSnapshot(
  { toolkit, storage, identity }: Where,
  code: string,
): Promise<HeldSnapshot> {
  try {
    return await toolkit.snapshots.enter(storage.name, code, identity.user);
  } catch (error) {
    if (!isHoldfastError(error, 'toolkit.in-snapshot')) throw error;
    throw inUse(toolkit.snapshots.held(storage.name), error);
  } finally {
    toolkit.statuses.changed(storage.name);
  }
}

/** @throws HoldfastError as `SnapshotKeeper.leave` */
export async function leaveSnapshot({ toolkit, storage }: Where, code: string): Promise<void> {
  try {
    await toolkit.snapshots.leave(storage.name, code);
  } finally {
    toolkit.statuses.changed(storage.name);
  }
}

/** Clients know a snapshot that is in use by these words, which are those of DirectoryStorage, and look for its code. */
function inUse(held: HeldSnapshot | undefined, cause: HoldfastError): HoldfastError {
  const { currentCode } = cause.details;
  const code = typeof currentCode === 'string' ? currentCode : held && `user/${held.code}`;
  const faultText = `Cannot enter snapshot mode: it is already in use${code === undefined ? '' : ` by ${code}`}`;
  return new HoldfastError('toolkit.in-snapshot', cause.message, {
    cause,
    details: { ...cause.details, faultText },
  });
}
