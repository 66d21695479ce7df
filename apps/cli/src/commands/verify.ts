import { setPlaces, verifyData, verifyFailure, verifyKinds, verifyLines } from '@holdfast/backup';
import { type Context, makeWorld } from '../context.js';
import { type KindOptions, kindsOf } from '../sets.js';
import { findSite } from '../site.js';
import { writerOf } from '../writer-of.js';

export interface VerifyOptions extends KindOptions {
  readonly quick?: boolean;
  readonly deep?: boolean;
}

/** `holdfast verify`. It takes no lock: a check that lasts for hours must not keep a backup away. */
export async function verifyCommand(context: Context, options: VerifyOptions): Promise<void> {
  const started = context.clock.monotonic();
  const { output } = context;
  const config = await findSite(context, options);
  const kinds = kindsOf(options);
  const places = kinds.map((kind) => setPlaces(config, kind).record);
  const before = await writerOf(context, places);
  const report = await verifyKinds(makeWorld(context), { config, kinds, level: levelOf(options) });
  for (const text of report.warnings) output.warn(text);
  const ms = context.clock.monotonic() - started;
  if (report.problems.length === 0) {
    output.result('verify', verifyData(report, ms));
    for (const line of verifyLines(report, ms)) output.line(line);
    return;
  }
  for (const problem of report.problems) output.warn(problem);
  throw verifyFailure(report, before ?? (await writerOf(context, places)));
}

export function levelOf({ deep, quick }: VerifyOptions): 'quick' | 'stored' | 'deep' {
  if (deep === true) return 'deep';
  return quick === true ? 'quick' : 'stored';
}
