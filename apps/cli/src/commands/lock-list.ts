import { cleanLocks, type LockReport, listLocks } from '@holdfast/lockfile';
import type { Context } from '../context.js';
import { count, table } from '../format.js';

/** `holdfast lock list DIR`. */
export async function lockListCommand({ output }: Context, directory: string): Promise<void> {
  const locks = await listLocks(directory);
  output.result('lock list', { directory, locks });
  if (locks.length === 0) return output.line(`${directory} has no lock files.`);
  for (const row of table([['STATE', 'KIND', 'BY', 'SINCE', 'FILE'], ...locks.map(asRow)])) output.line(row);
}

function asRow(lock: LockReport): readonly string[] {
  return [
    lock.state,
    lock.kind,
    holder(lock),
    lock.recorded?.since.slice(0, 19).replace('T', ' ') ?? '',
    lock.path,
  ];
}

/** Who holds it: as the file says, whether that process is alive, and the kernel's word where it differs. */
function holder({ recorded, holders, problem, state }: LockReport): string {
  if (problem !== undefined) return problem;
  if (state === 'free') return '';
  const pids = holders.length > 0 ? `pid ${holders.join(', ')}` : '';
  if (recorded === undefined) return pids === '' ? 'unknown' : pids;
  const who = [
    `pid ${recorded.pid}`,
    recorded.command,
    recorded.host === undefined ? undefined : `on ${recorded.host}`,
  ];
  const said = `${who.filter((part) => part !== undefined).join(' ')} (${recorded.liveness})`;
  return holders.length === 0 || holders.includes(recorded.pid) ? said : `${said}, held by ${pids}`;
}

/** `holdfast lock clean DIR`. */
export async function lockCleanCommand(
  { output }: Context,
  directory: string,
  { dryRun = false }: { readonly dryRun?: boolean },
): Promise<void> {
  const reports = await cleanLocks(directory, { dryRun });
  output.result('lock clean', { directory, dryRun, locks: reports });
  for (const { path, action, reason } of reports) {
    if (action === 'kept') output.line(`Kept ${path}: ${reason}.`);
    else output.line(`${dryRun ? 'Would remove' : 'Removed'} ${path}.`);
  }
  const removed = reports.filter(({ action }) => action === 'removed').length;
  output.line(
    `${count(removed, 'lock file')} ${dryRun ? 'would be removed' : 'removed'}, ${reports.length - removed} kept.`,
  );
}
