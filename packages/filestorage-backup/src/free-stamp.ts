import { HoldfastError } from '@holdfast/errors';
import type { Engine } from './engine.js';
import { chooseStamp } from './plan.js';

/**
 * The stamp of the next backup: later than all of `stamps`, never later than the clock. A clock that stepped back a
 * little is waited for.
 *
 * @param location where backups with these stamps lie, for the message
 * @throws HoldfastError `repository.clock-behind`, `cancelled`
 */
export async function freeStamp(
  { clock, signal }: Pick<Engine, 'clock' | 'signal'>,
  stamps: readonly string[],
  location: string,
): Promise<string> {
  const newest = stamps.reduce<string | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined);
  for (;;) {
    const choice = chooseStamp(newest, clock.now());
    if (choice.kind === 'use') return choice.stamp;
    if (choice.kind === 'refuse') {
      const path = `${location}/${choice.newest}`;
      const message = `the newest backup, ${path}, is later than the clock`;
      throw new HoldfastError('repository.clock-behind', message, { path });
    }
    await clock.sleep(choice.ms, signal);
  }
}
