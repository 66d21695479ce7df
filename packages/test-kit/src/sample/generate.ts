import { nodeFileSystem } from '@holdfast/durable-fs';
import { FileStorageWriter, type Tid } from '@holdfast/filestorage';
import { Ascii, mappingRecord, PERSISTENT_MAPPING, Reference } from './pickle.js';
import { Random } from './random.js';
import { TextSource } from './text.js';

/** 1 January 2025, 00:00 UTC. */
const START = Date.UTC(2025, 0, 1);
/** Headers, class, keys and references of a record. */
const OVERHEAD = 250;
const OBJECTS_IN_TRANSACTION = 20;

export interface GenerateOptions {
  /** Size that the file is to have; it comes within a few per cent. */
  readonly bytes: number;
  /** Mean bytes of an object's record; each has from a half to one and a half times as many. Default 8000. */
  readonly objectSize?: number;
  /** Default 1; the same seed gives the same bytes. */
  readonly seed?: number;
  /** ASCII text that the bodies are cut from. Default: made up words. */
  readonly text?: Buffer;
}

export interface GeneratedStorage {
  readonly bytes: number;
  readonly objects: number;
  readonly transactions: number;
  readonly lastTid: Tid;
}

/**
 * Writes a large `Data.fs` of text-like objects fast and in bounded memory, for benchmarks. ZODB opens it: the root
 * holds `first`, and each object (a PersistentMapping with `body` and `number`) holds the next one as `next`, so that
 * a pack finds all of them in use. The path must be free.
 */
export async function generateStorage(path: string, options: GenerateOptions): Promise<GeneratedStorage> {
  const { bytes, objectSize = 8000, seed = 1 } = options;
  const objects = Math.max(1, Math.round(bytes / Math.max(objectSize, OVERHEAD + 1)));
  const random = new Random(seed);
  const text = options.text === undefined ? new TextSource(random) : new TextSource(random, options.text);
  const writer = await FileStorageWriter.create(nodeFileSystem, path, { sync: false });
  let transactions = 0;
  let stored = 0;
  try {
    while (stored < objects) {
      const transaction = writer.begin({ user: ' bench', timeMs: START + transactions * 1000 });
      if (stored === 0) await transaction.store(0n, mappingRecord({ first: referenceTo(1) }));
      const until = Math.min(objects, stored + OBJECTS_IN_TRANSACTION);
      for (; stored < until; stored++) {
        const size = Math.max(1, Math.round((objectSize - OVERHEAD) * (0.5 + random.fraction())));
        const next = stored + 1 < objects ? referenceTo(stored + 2) : null;
        const body = new Ascii(text.take(size));
        await transaction.store(BigInt(stored + 1), mappingRecord({ body, number: stored, next }));
      }
      await transaction.commit();
      transactions += 1;
    }
    return { bytes: writer.end, objects, transactions, lastTid: writer.lastTid! };
  } finally {
    await writer.close();
  }
}

function referenceTo(oid: number): Reference {
  return new Reference(BigInt(oid), PERSISTENT_MAPPING);
}
