import { randomBytes } from 'node:crypto';
import { HoldfastError } from '@holdfast/errors';
import {
  encodeIndex,
  HEADER_SIZE,
  indexVisitor,
  readMagic,
  StorageIndex,
  tidToTime,
} from '@holdfast/filestorage';
import type { BackedUpState, BackupRequest, BackupResult } from './backup-request.js';
import { chooseProbes, probe } from './checkpoint.js';
import { copyIn } from './copy-in.js';
import { type Engine, step } from './engine.js';
import { freeStamp } from './free-stamp.js';
import { HistoryObserver, judgeHistory } from './history.js';
import { historyOf, type KnownFiles, knownFiles } from './known-files.js';
import { refuseLiveRepozo } from './live-repozo.js';
import { dataName, INDEX, parseDataName } from './names.js';
import { type FullReason, type Plan, type PlanState, planBackup } from './plan.js';
import { comparePrefix } from './prefix.js';
import { type Publishing, publishFull, publishIncrement, publishRecord } from './publish.js';
import { together } from './range-facts.js';
import type { ChainRecord, FileRecord } from './record.js';
import { applyRepair, planRepair } from './repair.js';
import { newestChain, type Repository, readRepository } from './repository.js';
import { isReplaced, openSource, type Source, sameIdentity } from './source.js';

/** Backs up a `Data.fs`: reads what is there, plans, does. The caller holds the repository's lock and releases it. */
export async function backup(engine: Engine, request: BackupRequest): Promise<BackupResult> {
  const { repository, repairs } = await prepareRepository(engine, request);
  const source = await openSource(engine, request.source);
  try {
    await readMagic(source.file);
    const stamps = repository.files.flatMap(({ name }) => parseDataName(name)?.stamp ?? []);
    const stamp = await freeStamp(engine, stamps, repository.location);
    const situation = await readSituation(engine, repository, source);
    const plan = await decide(engine, request, source, situation);
    return { repairs, ...(await carryOut({ engine, request, repository, source, stamp, situation, plan })) };
  } finally {
    await source.file.close();
  }
}

/** Takes away what a crash left, and refuses to work beside a living repozo. */
async function prepareRepository(engine: Engine, request: BackupRequest) {
  await refuseLiveRepozo(engine, await engine.store.list());
  if (request.dryRun !== true) await engine.store.removeLeftovers();
  const found = await readRepository(engine);
  const repairs = planRepair(engine, found, engine.clock.now());
  if (repairs.length === 0 || request.dryRun === true) return { repository: found, repairs };
  await request.lock.assertHeld();
  await applyRepair(engine, repairs);
  return { repository: await readRepository(engine), repairs };
}

/** What the newest chain is to this source. */
interface Situation {
  readonly stamp: string | undefined;
  readonly known: KnownFiles;
  readonly record: ChainRecord | undefined;
  readonly sourceInPlace: boolean;
}

async function readSituation(engine: Engine, repository: Repository, source: Source): Promise<Situation> {
  const chain = newestChain(repository);
  if (chain === undefined) {
    const known = { files: [], rebuilt: false, unreadable: undefined };
    return { stamp: undefined, known, record: undefined, sourceInPlace: false };
  }
  const known = await knownFiles(engine, chain);
  const { stamp, record } = chain;
  return { stamp, known, record, sourceInPlace: sameIdentity(record?.source, source.identity) };
}

type Decision = Exclude<Plan, { readonly kind: 'look' }>;

async function decide(
  engine: Engine,
  request: BackupRequest,
  source: Source,
  situation: Situation,
): Promise<Decision> {
  const { known, stamp, sourceInPlace } = situation;
  const end = known.files.at(-1)?.end ?? 0;
  const damaged = known.unreadable !== undefined;
  let seen: PlanState['seen'] = { checkpoints: undefined, prefix: undefined };
  for (;;) {
    const plan = planBackup({
      request: { full: request.full === true, thorough: request.thorough === true },
      sourceSize: source.size,
      chain: stamp === undefined ? undefined : damaged ? 'damaged' : { end, sourceInPlace },
      seen,
    });
    if (plan.kind !== 'look') return plan;
    if (plan.at === 'checkpoints') {
      const checkpoints = known.files.flatMap((file) => file.checkpoints);
      seen = { ...seen, checkpoints: await probe(source, chooseProbes(checkpoints)) };
    } else {
      seen = { ...seen, prefix: await comparePrefix(engine, source, known.files) };
    }
  }
}

interface Task {
  readonly engine: Engine;
  readonly request: BackupRequest;
  readonly repository: Repository;
  readonly source: Source;
  readonly stamp: string;
  readonly situation: Situation;
  readonly plan: Decision;
}

type Outcome = Omit<BackupResult, 'repairs'>;

async function carryOut(task: Task): Promise<Outcome> {
  const { plan, request } = task;
  if (request.dryRun === true) return dryOutcome(task);
  switch (plan.kind) {
    case 'full':
      return fullBackup(task, plan.reason);
    case 'increment':
      return increment(task, plan.start);
    case 'nothing':
      return nothing(task, 'unchanged', []);
  }
}

async function fullBackup(task: Task, reason: FullReason): Promise<Outcome> {
  const { engine, request, source, stamp, situation } = task;
  const gzip = request.gzip !== false;
  const name = dataName(stamp, 'full', gzip);
  const index = new StorageIndex();
  const history = new HistoryObserver(historyOf(situation.known.files));
  const data = await engine.store.create(name);
  try {
    const visitor = together(indexVisitor(index), history, request.observe);
    const copied = await copyIn(engine, { source, start: 0, gzip, target: data, name, visitor });
    const lineage = chooseLineage(task, history);
    const record: ChainRecord = { lineage, source: source.identity, files: [copied.record] };
    await publishFull(publishingOf(task, record), data, record);
    await publishIndex(engine, stamp, index, copied.record.end);
    const warnings = await warningsOf(engine, source, copied.scan);
    return outcome('full', reason, record, warnings);
  } finally {
    await data.dispose();
  }
}

/** Throws `repository.other-history` unless the source goes on with what the repository holds, or that is allowed. */
function chooseLineage({ request, situation, source, repository }: Task, history: HistoryObserver): string {
  const inherited = situation.record?.lineage ?? newLineage();
  const verdict = judgeHistory(historyOf(situation.known.files), history.observed());
  if (verdict.kind === 'same') return inherited;
  if (request.acceptNewHistory === true) return newLineage();
  const message = `${source.path} is not the storage that ${repository.location} holds: ${verdict.reason}`;
  throw new HoldfastError('repository.other-history', message, { path: source.path });
}

function newLineage(): string {
  return randomBytes(8).toString('hex');
}

async function publishIndex(engine: Engine, stamp: string, index: StorageIndex, end: number): Promise<void> {
  const file = await engine.store.create(stamp + INDEX, { replace: true });
  try {
    for (const part of encodeIndex(index, end)) await file.append(part);
    await step(engine, 'publish-index', () => file.publish());
  } finally {
    await file.dispose();
  }
}

async function increment(task: Task, start: number): Promise<Outcome> {
  const { engine, request, source, stamp, situation } = task;
  const gzip = request.gzip !== false;
  const name = dataName(stamp, 'increment', gzip);
  const data = await engine.store.create(name);
  try {
    const visitor = request.observe;
    const copied = await copyIn(engine, {
      source,
      start,
      gzip,
      target: data,
      name,
      ...(visitor && { visitor }),
    });
    const warnings = await warningsOf(engine, source, copied.scan);
    if (copied.record.end === start) return await nothing(task, 'unfinished-tail', warnings);
    const record = recordOf(task, [...situation.known.files, copied.record]);
    await publishIncrement(publishingOf(task, record), data, record);
    return outcome('increment', 'grown', record, warnings);
  } finally {
    await data.dispose();
  }
}

/** Nothing to back up; but what was learned of the chain on the way is kept. */
async function nothing(
  task: Task,
  reason: 'unchanged' | 'unfinished-tail',
  warnings: readonly string[],
): Promise<Outcome> {
  const { engine, situation, request, source } = task;
  const { files, rebuilt } = situation.known;
  const record = recordOf(task, files);
  if (rebuilt || !situation.sourceInPlace) await publishRecord(engine, record);
  await request.whenUnchanged?.({ state: stateOf(record), file: source.file });
  const end = files.at(-1)?.end ?? HEADER_SIZE;
  const last = lastOf(files);
  const sizes = { start: end, end, storedSize: 0, transactions: 0 };
  const state = stateOf(record);
  return { kind: 'nothing', reason, name: undefined, ...sizes, last, state, warnings, dryRun: false };
}

function recordOf({ situation, source }: Task, files: readonly FileRecord[]): ChainRecord {
  return { lineage: situation.record?.lineage ?? newLineage(), source: source.identity, files };
}

function publishingOf({ engine, request, repository, source }: Task, record: ChainRecord): Publishing {
  return {
    engine,
    before: repository,
    assertLocked: () => request.lock.assertHeld(),
    whenSealed: async () => request.beforePublish?.({ state: stateOf(record), file: source.file }),
  };
}

function stateOf(record: ChainRecord): BackedUpState {
  const file = record.files.at(-1)!;
  const { stamp: chain } = parseDataName(record.files[0]!.name)!;
  const { kind } = parseDataName(file.name)!;
  return { chain, lineage: record.lineage, kind, file, files: record.files, tid: lastOf(record.files)?.tid };
}

/** @param record of the chain, the new file last */
function outcome(
  kind: 'full' | 'increment',
  reason: BackupResult['reason'],
  record: ChainRecord,
  warnings: readonly string[],
): Outcome {
  const state = stateOf(record);
  const { name, start, end, storedSize, transactions } = state.file;
  const last = lastOf(record.files);
  return { kind, reason, name, start, end, storedSize, transactions, last, state, warnings, dryRun: false };
}

function dryOutcome({ plan, source, situation }: Task): Outcome {
  const start = plan.kind === 'full' ? 0 : (situation.known.files.at(-1)?.end ?? 0);
  const end = plan.kind === 'nothing' ? start : source.size;
  const sizes = { start, end, storedSize: 0, transactions: 0, name: undefined };
  return {
    kind: plan.kind,
    reason: plan.reason,
    ...sizes,
    last: lastOf(situation.known.files),
    state: undefined,
    warnings: [],
    dryRun: true,
  };
}

function lastOf(files: readonly FileRecord[]): BackupResult['last'] {
  const tid = files.findLast(({ last }) => last !== undefined)?.last?.tid;
  return tid === undefined ? undefined : { tid, time: tidToTime(BigInt(`0x${tid}`)) };
}

async function warningsOf(
  engine: Engine,
  source: Source,
  scan: { readonly tail: { readonly kind: string; readonly position: number; readonly bytes: number } },
): Promise<readonly string[]> {
  const warnings: string[] = [];
  const { kind, position, bytes } = scan.tail;
  if (kind === 'truncated') {
    const what = `${bytes} bytes at byte ${position} of ${source.path} belong to a transaction whose end is missing`;
    warnings.push(`${what}: the file was truncated; everything before is backed up`);
  }
  if (await isReplaced(engine, source)) {
    warnings.push(
      `${source.path} was replaced while it was read, as by a pack: its state before that is backed up`,
    );
  }
  return warnings;
}
