import { type HoldfastError, isHoldfastError } from '@holdfast/errors';
import { logOf, type SnapshotEngine } from './engine.js';
import { mayBeAtWork, mayBeDone } from './server-error.js';
import { isLeftover, processOf, sentCode } from './session-code.js';
import type { Toolkit } from './toolkit.js';

export type HttpOutcome =
  | { readonly kind: 'entered' }
  /** `reason`: the code that the server is in. */
  | { readonly kind: 'in-use'; readonly reason: string }
  /** `pending`: it may still enter, later; then it must be left. */
  | { readonly kind: 'failed'; readonly error: HoldfastError; readonly pending: boolean };

/** A server that leaves a snapshot puts its files together again, in its own time. */
const RECOMBINE_MS = 10_000;
const RECOMBINE_PAUSE_MS = 100;

/**
 * Asks a server to enter. A snapshot that a killed Holdfast of this host left behind is left first. An answer that was lost
 * is looked for: the server may have entered all the same.
 *
 * @throws the signal's reason; nothing else
 */
export async function enterByHttp(
  engine: SnapshotEngine,
  toolkit: Toolkit,
  code: string,
): Promise<HttpOutcome> {
  const first = await ask(engine, toolkit, code);
  if (first.kind !== 'wait' && first.kind !== 'leftover') return first;
  const problem =
    first.kind === 'leftover'
      ? await leaveLeftover(engine, toolkit, first.code)
      : await untilOut(engine, toolkit);
  if (problem !== undefined) return { kind: 'in-use', reason: problem };
  const second = await ask(engine, toolkit, code);
  if (second.kind !== 'wait' && second.kind !== 'leftover') return second;
  return { kind: 'in-use', reason: inUse(second.code) };
}

/** What a server says that is in a snapshot already. */
const IN_USE = /already in use/;

/** What has to be done before it is asked again: to leave a snapshot that was left behind, or to wait. */
type Before =
  | { readonly kind: 'leftover'; readonly code: string }
  | { readonly kind: 'wait'; readonly code: string };

async function ask(engine: SnapshotEngine, toolkit: Toolkit, code: string): Promise<HttpOutcome | Before> {
  const error = await tryEnter(engine, toolkit, code);
  if (error === undefined) return { kind: 'entered' };
  if (!mayBeDone(error)) return { kind: 'failed', error, pending: false };
  const current = await toolkit.codeIfKnown();
  // What it was in has ended between the two answers: it is asked again.
  if (current === null && IN_USE.test(error.message)) return { kind: 'wait', code: 'recombining/' };
  if (current === undefined || current === null)
    return { kind: 'failed', error, pending: mayBeAtWork(error) };
  const sent = sentCode(current);
  if (sent === code) {
    logOf(engine).detail(`${toolkit.url} entered, though its answer was lost: ${error.message}`);
    return { kind: 'entered' };
  }
  if (isLeaving(current)) return { kind: 'wait', code: current };
  return (await isLeftover(sent))
    ? { kind: 'leftover', code: sent }
    : { kind: 'in-use', reason: inUse(current) };
}

async function tryEnter(
  { signal }: SnapshotEngine,
  toolkit: Toolkit,
  code: string,
): Promise<HoldfastError | undefined> {
  try {
    await toolkit.enter(code, signal);
    return undefined;
  } catch (error) {
    if (isHoldfastError(error, 'snapshot.server')) return error;
    throw error;
  }
}

/** Why it could not be left; undefined when it was. The server does not leave while somebody holds `misc/sublock`. */
async function leaveLeftover(
  engine: SnapshotEngine,
  toolkit: Toolkit,
  code: string,
): Promise<string | undefined> {
  const whose = `the snapshot of process ${processOf(code)?.pid}, a holdfast that is gone`;
  try {
    await toolkit.leave(code);
  } catch (error) {
    if (!isHoldfastError(error, 'snapshot.server')) throw error;
    const current = await toolkit.codeIfKnown();
    if (typeof current === 'string' && sentCode(current) === code) {
      return `it is in ${whose}, and does not leave it (does its command still run?): ${String(error.details.reason)}`;
    }
  }
  logOf(engine).message(`Left snapshot mode of process ${processOf(code)?.pid}, a holdfast that was killed`);
  return untilOut(engine, toolkit);
}

/** Waits while the server puts its files together again. */
async function untilOut(engine: SnapshotEngine, toolkit: Toolkit): Promise<string | undefined> {
  const { clock, signal } = engine;
  const deadline = clock.monotonic() + RECOMBINE_MS;
  for (;;) {
    const current = await toolkit.codeIfKnown();
    if (current === null || current === undefined || !isLeaving(current)) return undefined;
    if (clock.monotonic() >= deadline) return inUse(current);
    await clock.sleep(RECOMBINE_PAUSE_MS, signal);
  }
}

function isLeaving(current: string): boolean {
  return current.startsWith('recombining/');
}

function inUse(current: string): string {
  if (current === 'packing') return 'it packs the storage';
  if (isLeaving(current)) return 'it is on its way out of another snapshot';
  if (current === 'startup') return 'it was started under a snapshot, and is in it until it is started again';
  return `it is in another snapshot: ${sentCode(current)}`;
}
