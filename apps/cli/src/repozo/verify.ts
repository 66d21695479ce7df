import { HoldfastError } from '@holdfast/errors';
import { readRepository, verify } from '@holdfast/filestorage-backup';
import { choose } from './recover.js';
import type { RepozoRun } from './run.js';

/** `-V`: the newest chain only, as repozo does. */
export async function verifyNewest(run: RepozoRun): Promise<void> {
  const { engine, options, log, warn } = run;
  choose(run, await readRepository(engine), undefined);
  const report = await verify(engine, { level: options.quick ? 'sizes' : 'deep', chains: 'newest' });
  for (const { name } of report.files) log(`Verifying ${engine.store.location}/${name}`);
  if (report.sound) return;
  const [first, ...others] = [...report.files.flatMap(({ error }) => error ?? []), ...report.problems];
  for (const text of others) warn(text);
  throw new HoldfastError('repository.verify-failed', first ?? 'the newest backups are not sound');
}
