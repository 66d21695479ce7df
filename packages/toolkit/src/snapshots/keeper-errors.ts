import { HoldfastError } from '@holdfast/errors';
import type { StateEntry } from './state-entry.js';

/** The words `already in use` are those of DirectoryStorage: its clients look for them. */
export function inSnapshot({ storage, code, by, enteredMs }: StateEntry): HoldfastError {
  const since = new Date(enteredMs).toISOString();
  return new HoldfastError(
    'toolkit.in-snapshot',
    `the snapshot of ${storage} is already in use: user/${code}, entered by ${by} at ${since}`,
    { details: { currentCode: `user/${code}`, by, enteredMs } },
  );
}

export function notInSnapshot(storage: string, why?: string): HoldfastError {
  const reason = why === undefined ? '' : `: ${why}`;
  return new HoldfastError('toolkit.not-in-snapshot', `${storage} is in no snapshot${reason}`);
}

export function wrongCode({ storage, code }: StateEntry): HoldfastError {
  return new HoldfastError('toolkit.wrong-code', `${storage} is in another snapshot: user/${code}`);
}

export function stopping(storage: string): HoldfastError {
  return new HoldfastError('toolkit.busy', `${storage} cannot be frozen now: the server stops`, {
    hint: 'Try again when the server has started again.',
  });
}

export function unsettled({ storage, code }: StateEntry): HoldfastError {
  const message = `the Zope of ${storage} does not say whether it is in the snapshot user/${code}`;
  return new HoldfastError('toolkit.busy', message, {
    hint: 'Check that Zope answers; it is asked again every 10 seconds, and told to leave.',
  });
}

const LONGEST_CODE = 255;

/** @throws HoldfastError `toolkit.request` */
export function expectCode(code: string): void {
  if (code !== '' && code.length <= LONGEST_CODE && !/\p{Cc}/u.test(code)) return;
  throw new HoldfastError(
    'toolkit.request',
    `the code of a snapshot has 1 to ${LONGEST_CODE} characters, and no control characters`,
  );
}
