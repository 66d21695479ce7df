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

/** What is wrong and what to do, as sentences of one line. */
export function inSentences({ message, hint }: HoldfastError): string {
  return `${/[.!?]$/.test(message) ? message : `${message}.`} ${hint}`;
}
