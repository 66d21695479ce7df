import { errorLine, HoldfastError, isHoldfastError } from '@holdfast/errors';
import { logOf, type SnapshotEngine } from './engine.js';
import { reasonOf } from './server-error.js';
import { sentCode } from './session-code.js';
import type { Toolkit } from './toolkit.js';

/** Between two tries: somebody may hold the sublock for a moment, or the connection may be lost once. */
const PAUSES_MS = [100, 500, 2000];

/**
 * Tells a server to leave, more than once if need be; never cut short by a signal. That it has left already, so that an
 * answer was lost, is as good.
 *
 * @param isGone looks at the storage whether the snapshot is still there: not every server says
 * @returns why it did not leave
 */
export async function leaveSnapshot(
  engine: SnapshotEngine,
  toolkit: Toolkit,
  code: string,
  isGone?: () => Promise<boolean>,
): Promise<HoldfastError | undefined> {
  for (let round = 0; ; round += 1) {
    const error = await tryLeave(toolkit, code);
    if (error === undefined || (await isGone?.()) === true) return undefined;
    const current = await toolkit.codeIfKnown();
    if (current === null || current?.startsWith('recombining/')) return undefined;
    if (current !== undefined && sentCode(current) !== code) return notLeft(toolkit, current, error);
    const pause = PAUSES_MS[round];
    if (pause === undefined) return notLeft(toolkit, undefined, error);
    logOf(engine).detail(`could not leave yet: ${error.message}`);
    await engine.clock.sleep(pause);
  }
}

/** Between two looks at a server that did not answer. */
const LOOKS_MS = [100, 400, 1500];

/**
 * A server whose answer to `enterSnapshot` never came may still enter: it is looked at for a while, and told to leave when it
 * has. What remains unknown the next snapshot finds: the code says that its process is gone.
 */
export async function settlePending(engine: SnapshotEngine, toolkit: Toolkit, code: string): Promise<void> {
  const log = logOf(engine);
  for (const pause of LOOKS_MS) {
    const current = await toolkit.codeIfKnown();
    if (current === undefined) {
      log.warn(
        `${toolkit.url} did not answer, and may have entered snapshot mode: the next snapshot looks for it`,
      );
      return;
    }
    if (current !== null) {
      const error = sentCode(current) === code ? await leaveSnapshot(engine, toolkit, code) : undefined;
      if (error !== undefined) log.warn(errorLine(error));
      return;
    }
    await engine.clock.sleep(pause);
  }
}

async function tryLeave(toolkit: Toolkit, code: string): Promise<HoldfastError | undefined> {
  try {
    await toolkit.leave(code);
    return undefined;
  } catch (error) {
    if (isHoldfastError(error, 'snapshot.server')) return error;
    throw error;
  }
}

function notLeft(toolkit: Toolkit, current: string | undefined, error: HoldfastError): HoldfastError {
  const message = `${toolkit.url} did not leave snapshot mode: ${reasonOf(error)}`;
  // It was started again while the snapshot was held, and found it: such a snapshot has no code that could be sent.
  const started = current === 'startup';
  return new HoldfastError('snapshot.not-left', message, {
    cause: error,
    details: { url: toolkit.url, currentCode: current ?? null },
    ...(started
      ? { hint: 'That server was started while the snapshot was held. Start it again: then it leaves.' }
      : {}),
  });
}
