let callers: number | undefined;

/** From now on files are made for this user alone. */
export function tightenUmask(): void {
  const found = process.umask(0o077);
  callers ??= found;
}

/** Starts a program of the user's, whose files get the modes that the user's umask gives. `start` must not await first. */
export function withCallersUmask<T>(start: () => T): T {
  if (callers === undefined) return start();
  const own = process.umask(callers);
  try {
    return start();
  } finally {
    process.umask(own);
  }
}
