import { nodeFileSystem } from '@holdfast/durable-fs';
import { tidToTime } from '@holdfast/filestorage';
import { type Moment, moments, problemText, readRepository, timeOf } from '@holdfast/filestorage-backup';
import { type Context, makeEngine } from '../context.js';
import { count, formatBytes, formatTime, table } from '../output.js';
import { findRepository } from '../places.js';

/** `holdfast list`. */
export async function listCommand(
  context: Context,
  options: { readonly repository?: string },
): Promise<void> {
  const location = await findRepository(nodeFileSystem, context.cwd, options.repository);
  const repository = await readRepository(makeEngine(context, location));
  const all = moments(repository);
  const problems = repository.chains.flatMap((chain) => chain.problems.map(problemText));
  for (const problem of problems) context.output.warn(problem);
  context.output.result('list', { repository: location, backups: all.map(asData), problems });
  if (all.length === 0) {
    context.output.line(`${location} has no backup.`);
    return;
  }
  const rows = all.map((moment) => [
    formatTime(timeOf(moment.file)),
    moment.file.kind === 'full' ? 'full' : 'increment',
    formatBytes(moment.file.end),
    `+${formatBytes(moment.file.end - moment.file.start)}`,
    formatBytes(moment.file.storedSize),
    moment.file.record === undefined ? '' : String(moment.file.record.transactions),
    moment.file.name,
  ]);
  const head = ['TIME', 'KIND', 'DATA.FS', 'NEW', 'STORED', 'TRANSACTIONS', 'FILE'];
  for (const row of table([head, ...rows], [2, 3, 4, 5])) context.output.line(row);
  const stored = all.reduce((sum, { file }) => sum + file.storedSize, 0);
  context.output.line(`${count(all.length, 'backup')} in ${location}, ${formatBytes(stored)}.`);
}

function asData({ file, chain, path }: Moment) {
  const last = file.record?.last?.tid;
  return {
    name: file.name,
    time: timeOf(file),
    kind: file.kind,
    start: file.start,
    end: file.end,
    storedSize: file.storedSize,
    gzip: file.gzip,
    chain: chain.stamp,
    files: path.map(({ name }) => name),
    recorded: file.record !== undefined,
    transactions: file.record?.transactions ?? null,
    last: last === undefined ? null : { tid: last, time: tidToTime(BigInt(`0x${last}`)) },
  };
}
