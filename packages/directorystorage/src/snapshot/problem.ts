import { HoldfastError, isHoldfastError } from '@holdfast/errors';

/** What an action finds wrong, or fails with: on the way out no error may keep the rest from being done. */
export async function problemOf(
  action: () => Promise<HoldfastError | undefined>,
): Promise<HoldfastError | undefined> {
  try {
    return await action();
  } catch (cause) {
    if (isHoldfastError(cause)) return cause;
    return new HoldfastError('internal', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
