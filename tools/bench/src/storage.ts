import { appendFile, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem, type OpenFile, readExactly } from '@holdfast/durable-fs';
import {
  encodeIndex,
  indexVisitor,
  iterateTransactions,
  StorageIndex,
  scanFile,
} from '@holdfast/filestorage';
import { generateStorage } from '@holdfast/test-kit';
import { emptyDirectory, isThere } from './files.js';
import { pythonSources } from './python-sources.js';
import { sizeName } from './size.js';

/** What an increment brings: 10 MB. */
const GROWTH = 10_000_000;
/** Mean bytes of a record: a page of text with its markup. */
const OBJECT_SIZE = 4000;
/** Cached storages of another version of the generator are made anew. */
const VERSION = 2;

/**
 * A generated `Data.fs` in one of two states: as its full backup finds it, or 10 MB later. It always stays the same
 * file (inode), as on a site; its `.index` is of the first state, as ZODB left it some time ago.
 */
export class Storage {
  private constructor(
    /** Cached data of this storage lies here. */
    readonly directory: string,
    readonly path: string,
    private readonly baseSize: number,
    private readonly growth: Buffer,
  ) {}

  /** Takes the cached storage of that size, or makes it. */
  static async open(parent: string, size: number, tell: (text: string) => void): Promise<Storage> {
    const directory = join(parent, `storage-${sizeName(size)}-${VERSION}`);
    const path = join(directory, 'Data.fs');
    const growthPath = join(directory, 'growth');
    if (!(await isThere(growthPath))) {
      tell(`generating a Data.fs of ${sizeName(size)}`);
      await generate(directory, path, growthPath, size);
    }
    const base = JSON.parse(await readFile(join(directory, 'base.json'), 'utf8')) as {
      readonly size: number;
    };
    return new Storage(directory, path, base.size, await readFile(growthPath));
  }

  /** The state of the full backup; again the same bytes after `grow`. */
  async shrink(): Promise<void> {
    await truncate(this.path, this.baseSize);
  }

  /** The state of the first increment. */
  async grow(): Promise<void> {
    await this.shrink();
    await appendFile(this.path, this.growth);
  }

  get grownSize(): number {
    return this.baseSize + this.growth.length;
  }
}

/** `growth` comes last: with it the storage is whole. */
async function generate(directory: string, path: string, growthPath: string, size: number): Promise<void> {
  await emptyDirectory(directory);
  await generateStorage(path, { bytes: size + GROWTH, objectSize: OBJECT_SIZE, text: await pythonSources() });
  const file = await nodeFileSystem.openRead(path);
  try {
    const whole = (await file.stat()).size;
    const base = await lastTransactionBefore(file, whole - GROWTH);
    const index = new StorageIndex();
    await scanFile(file, { limit: base, visitor: indexVisitor(index) });
    await writeFile(`${path}.index`, Buffer.concat([...encodeIndex(index, base)]));
    await writeFile(join(directory, 'base.json'), JSON.stringify({ size: base }));
    await writeFile(`${growthPath}.new`, await readExactly(file, base, whole - base));
    await rename(`${growthPath}.new`, growthPath);
  } finally {
    await file.close();
  }
}

/** Where the last transaction begins that does not begin after `position`. */
async function lastTransactionBefore(file: OpenFile, position: number): Promise<number> {
  let found = 0;
  for await (const { header } of iterateTransactions(file)) {
    if (header.position > position) break;
    found = header.position;
  }
  return found;
}
