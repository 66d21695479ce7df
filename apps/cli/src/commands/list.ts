import { nodeFileSystem } from '@holdfast/durable-fs';
import { tidToTime } from '@holdfast/filestorage';
import { type Moment, moments, problemText, readRepository, timeOf } from '@holdfast/filestorage-backup';
import { type Context, makeEngine } from '../context.js';
import { count, formatBytes, formatTime, table } from '../format.js';
import { jsonTime, jsonTransaction } from '../output.js';
import { findRepository } from '../places.js';

/** `holdfast list`. It takes no lock: one can look at any time. */
export async function listCommand(
  context: Context,
  options: { readonly repository?: string },
): Promise<void> {
  const { output } = context;
  const location = await findRepository(nodeFileSystem, context.cwd, options.repository);
  const repository = await readRepository(makeEngine(context, location));
  const all = moments(repository);
  const problems = repository.chains.flatMap((chain) => chain.problems.map(problemText));
  for (const problem of problems) output.warn(problem);
  output.result('list', { repository: location, backups: all.map(asData), problems });
  if (all.length === 0) {
    output.line(`${location} has no backup.`);
    return;
  }
  const head = ['TIME', 'KIND', 'DATA.FS', 'NEW', 'STORED', 'TRANSACTIONS', 'FILE'];
  for (const row of table([head, ...all.map(asRow)], [2, 3, 4, 5])) output.line(row);
  const stored = all.reduce((sum, { file }) => sum + file.storedSize, 0);
  output.line(`${count(all.length, 'backup')} in ${location}, ${formatBytes(stored)}.`);
}

function asRow(moment: Moment): readonly string[] {
  const { name, kind, start, end, storedSize, record } = moment.file;
  return [
    formatTime(timeOf(moment.file)),
    kind === 'full' ? 'full' : 'increment',
    formatBytes(end),
    `+${formatBytes(end - start)}`,
    formatBytes(storedSize),
    record === undefined ? '' : String(record.transactions),
    name,
  ];
}

/** docs/json.md, "list". */
function asData({ file, chain, path }: Moment) {
  const last = file.record?.last?.tid;
  return {
    name: file.name,
    time: jsonTime(timeOf(file)),
    kind: file.kind,
    start: file.start,
    end: file.end,
    storedSize: file.storedSize,
    gzip: file.gzip,
    chain: chain.stamp,
    files: path.map(({ name }) => name),
    recorded: file.record !== undefined,
    transactions: file.record?.transactions ?? null,
    last: last === undefined ? null : jsonTransaction(last, tidToTime(BigInt(`0x${last}`))),
  };
}
