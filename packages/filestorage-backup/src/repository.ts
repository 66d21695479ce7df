import {
  type Chain,
  type Chains,
  type DatInput,
  type Measurement,
  type PresentFile,
  resolveChains,
} from './chain.js';
import { parseDat } from './dat-file.js';
import type { Engine } from './engine.js';
import { measureFile } from './measure.js';
import { DAT, HELD_DAT, parseDataName, RECORD } from './names.js';
import { type ChainRecord, parseRecord } from './record.js';
import { readText, type Store, type StoredFile } from './store.js';

/** A repository as it was read: what lies there, and what that means. */
export interface Repository extends Chains {
  readonly location: string;
  /** Everything in the place, ours or not. */
  readonly files: readonly StoredFile[];
  /** The `.dat` texts as read, by name: a foreign writer is noticed by a change of these. */
  readonly datTexts: ReadonlyMap<string, string>;
}

export const LARGEST_DAT = 16 << 20;
const LARGEST_RECORD = 256 << 20;

/** Reads names, `.dat` files and records; files that none of them describes are read whole and measured. */
export async function readRepository(engine: Engine): Promise<Repository> {
  const { store } = engine;
  const files = await store.list();
  const names = new Set(files.map(({ name }) => name));
  const present = files.flatMap((file): PresentFile[] => {
    const name = parseDataName(file.name);
    return name === undefined ? [] : [{ ...name, storedSize: file.size }];
  });
  const stamps = [...new Set(present.filter(({ kind }) => kind === 'full').map(({ stamp }) => stamp))];
  const datTexts = new Map<string, string>();
  const dats = new Map<string, DatInput>();
  const records = new Map<string, ChainRecord>();
  for (const stamp of stamps) {
    const dat = await readDat(store, stamp, names, datTexts);
    if (dat !== undefined) dats.set(stamp, dat);
    const record = names.has(stamp + RECORD)
      ? parseRecord(await readText(store, stamp + RECORD, LARGEST_RECORD))
      : undefined;
    if (record !== undefined) records.set(stamp, record);
  }
  const chains = await resolveMeasured(engine, present, dats, records);
  return { location: store.location, files, datTexts, ...chains };
}

async function resolveMeasured(
  engine: Engine,
  files: readonly PresentFile[],
  dats: ReadonlyMap<string, DatInput>,
  records: ReadonlyMap<string, ChainRecord>,
): Promise<Chains> {
  const measured = new Map<string, Measurement>();
  const first = resolveChains({ files, dats, records, measured });
  if (first.toMeasure.length === 0) return first;
  for (const file of first.toMeasure) measured.set(file.name, await measureFile(engine, file));
  return resolveChains({ files, dats, records, measured });
}

/**
 * The lines of a chain. A `.dat` that was taken away while an increment was published is still there as held; when
 * a repozo has begun a new `.dat` meanwhile, its lines follow the held ones.
 */
async function readDat(
  store: Store,
  stamp: string,
  names: ReadonlySet<string>,
  texts: Map<string, string>,
): Promise<DatInput | undefined> {
  const parsed = [];
  for (const name of [stamp + HELD_DAT, stamp + DAT]) {
    if (!names.has(name)) continue;
    const text = await readText(store, name, LARGEST_DAT);
    texts.set(name, text);
    parsed.push(parseDat(text));
  }
  if (parsed.length === 0) return undefined;
  return {
    lines: parsed.flatMap(({ lines }) => lines),
    tornAt: parsed.find(({ tornAt }) => tornAt !== undefined)?.tornAt,
    held: names.has(stamp + HELD_DAT),
  };
}

export function newestChain(repository: Repository): Chain | undefined {
  return repository.chains.at(-1);
}
