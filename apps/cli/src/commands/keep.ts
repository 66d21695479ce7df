import { lockPlace, pinSet, unpinSet } from '@holdfast/backup';
import { nodeFileSystem } from '@holdfast/durable-fs';
import type { Context } from '../context.js';
import { findIn, type KindOptions, kindsOf, readKinds } from '../sets.js';
import { findSite } from '../site.js';

export interface KeepOptions extends KindOptions {
  readonly undo?: boolean;
  readonly note?: string;
}

/** `holdfast keep ID`: retention never removes this set, nor what it needs. */
export async function keepCommand(context: Context, id: string, options: KeepOptions): Promise<void> {
  const { output, clock, signal } = context;
  const config = await findSite(context, options);
  const { set, reading } = findIn(await readKinds(context, config, kindsOf(options)), id);
  const place = reading.places.record;
  await using _lock = await lockPlace({ fs: nodeFileSystem, command: 'holdfast keep', signal }, place);
  const pinned = options.undo !== true;
  if (pinned) {
    await pinSet(nodeFileSystem, place, set.id, { timeMs: clock.now(), note: options.note ?? '' });
  } else await unpinSet(nodeFileSystem, place, set.id);
  output.result('keep', { set: set.id, kind: set.kind, pinned });
  output.line(
    pinned
      ? `Set ${set.id} is kept until 'holdfast keep --undo ${set.id}'.`
      : `Set ${set.id} is no longer kept: retention decides.`,
  );
}
