import { HoldfastError, isHoldfastError } from '@holdfast/errors';
import { printDat, recordedPath } from './dat-file.js';
import { type Engine, step } from './engine.js';
import { DAT, HELD_DAT, parseDataName, RECORD } from './names.js';
import { type ChainRecord, type FileRecord, printRecord } from './record.js';
import { LARGEST_DAT, type Repository } from './repository.js';
import { type Publication, publishText, readText } from './store.js';

/**
 * The order in which a backup appears (docs/formats/repository.md, "Publishing"). It is chosen so that after a
 * kill between any two steps Python's `repozo -B`, `-BQ`, `-R` and `-V` either do the right thing or refuse, and
 * the next Holdfast completes or undoes what was begun:
 *
 * - full: data, `.dat`, record. Data without a `.dat` makes `-BQ` do a full, and restores by its name.
 * - increment: the `.dat` is moved away, data, the new `.dat`, record, the moved one removed. Without a `.dat`,
 *   `-BQ` does a full; with the old one beside the new data it would begin the next increment too early.
 */
export interface Publishing {
  readonly engine: Engine;
  /** Throws when the repository's lock is no longer held. */
  readonly assertLocked: () => Promise<void>;
  /** Called when the data are durable, before anything appears. */
  readonly whenSealed: () => Promise<void>;
  /** The repository as it was when the plan was made. */
  readonly before: Repository;
}

/** @param record of the new chain: one file */
export async function publishFull(
  publishing: Publishing,
  data: Publication,
  record: ChainRecord,
): Promise<void> {
  const { engine } = publishing;
  const file = record.files[0]!;
  await prepare(publishing, data, file.name);
  await step(engine, 'publish-data', () => data.publish());
  await withdrawIfForeign(publishing, file.name, async () => {});
  await publishDat(publishing, record);
  await publishRecord(engine, record);
}

/** @param record of the whole chain, the new file last */
export async function publishIncrement(
  publishing: Publishing,
  data: Publication,
  record: ChainRecord,
): Promise<void> {
  const { engine } = publishing;
  const { store } = engine;
  const stamp = stampOfChain(record);
  const file = record.files.at(-1)!;
  await prepare(publishing, data, file.name);
  await step(engine, 'hold-dat', () => store.move(stamp + DAT, stamp + HELD_DAT));
  await step(engine, 'publish-data', () => data.publish());
  await withdrawIfForeign(publishing, file.name, () => store.move(stamp + HELD_DAT, stamp + DAT));
  await publishDat(publishing, record);
  await publishRecord(engine, record);
  await step(engine, 'release-dat', () => store.remove(stamp + HELD_DAT));
}

async function publishDat(publishing: Publishing, record: ChainRecord): Promise<void> {
  const { engine } = publishing;
  const name = stampOfChain(record) + DAT;
  try {
    await step(engine, 'publish-dat', () => publishText(engine.store, name, datText(engine, record.files)));
  } catch (error) {
    if (!isHoldfastError(error, 'fs.exists')) throw error;
    await engine.store.remove(record.files.at(-1)!.name);
    throw foreignWriter(publishing, name);
  }
}

export async function publishRecord(engine: Engine, record: ChainRecord): Promise<void> {
  const name = stampOfChain(record) + RECORD;
  await step(engine, 'publish-record', () =>
    publishText(engine.store, name, printRecord(record), { replace: true }),
  );
}

export function datText(
  engine: Engine,
  files: readonly Pick<FileRecord, 'name' | 'start' | 'end' | 'md5'>[],
): string {
  return printDat(files.map((file) => ({ ...file, path: recordedPath(engine.store.location, file.name) })));
}

function stampOfChain(record: ChainRecord): string {
  return parseDataName(record.files[0]!.name)!.stamp;
}

async function prepare(publishing: Publishing, data: Publication, name: string): Promise<void> {
  await step(publishing.engine, 'seal-data', () => data.seal());
  await publishing.whenSealed();
  const foreign = await findForeign(publishing, name);
  if (foreign !== undefined) throw foreignWriter(publishing, foreign);
  await publishing.assertLocked();
}

/** A repozo that does not know our lock and wrote at the same time: our file goes again before it does harm. */
async function withdrawIfForeign(
  publishing: Publishing,
  name: string,
  undo: () => Promise<void>,
): Promise<void> {
  const foreign = await findForeign(publishing, name);
  if (foreign === undefined) return;
  await publishing.engine.store.remove(name);
  try {
    await undo();
  } catch (error) {
    // The other one has begun a new `.dat`: the next run brings the two together.
    if (!isHoldfastError(error, 'fs.exists') && !isHoldfastError(error, 'fs.not-found')) throw error;
  }
  throw foreignWriter(publishing, foreign);
}

/** The name of something that another program did to the repository since `before` was read. */
async function findForeign({ engine, before }: Publishing, own: string): Promise<string | undefined> {
  const known = new Set([own, ...before.files.map(({ name }) => name)]);
  const now = await engine.store.list();
  const added = now.find(({ name }) => parseDataName(name) !== undefined && !known.has(name));
  if (added !== undefined) return added.name;
  const present = new Set(now.map(({ name }) => name));
  for (const [name, text] of before.datTexts) {
    if (present.has(name) && (await readText(engine.store, name, LARGEST_DAT)) !== text) return name;
  }
  return now.find(({ name }) => name.endsWith(DAT) && !before.datTexts.has(name) && isNew(before, name))
    ?.name;
}

function isNew(before: Repository, name: string): boolean {
  return !before.files.some((file) => file.name === name);
}

function foreignWriter({ engine }: Publishing, name: string): HoldfastError {
  const path = `${engine.store.location}/${name}`;
  return new HoldfastError('repository.foreign-writer', `another program wrote ${path} during this backup`, {
    path,
  });
}
