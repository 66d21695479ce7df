import { setTimeout } from 'node:timers/promises';

/** Names in a repository have a resolution of one second: what comes next gets a later name after this. */
export async function untilNextName(): Promise<void> {
  await setTimeout(1100);
}
