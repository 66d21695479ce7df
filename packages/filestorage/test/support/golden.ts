import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const directory = fileURLToPath(new URL('../fixtures/', import.meta.url));

interface GoldenRecord {
  readonly oid: string;
  readonly tid: string;
  readonly position: number;
  readonly previous: number;
  readonly dataLength: number;
  readonly backPointer: number | null;
  readonly blob: boolean;
}

interface GoldenTransaction {
  readonly tid: string;
  readonly position: number;
  readonly length: number;
  readonly status: ' ' | 'p' | 'u';
  readonly user: string;
  readonly description: string;
  readonly extension: string;
  readonly records: readonly GoldenRecord[];
}

/** What the real ZODB says of a file (tools/fixtures/filestorage.py). */
export interface Golden {
  readonly name: string;
  readonly path: string;
  readonly bytes: Buffer;
  readonly indexBytes: Buffer;
  readonly magic: 'FS30' | 'FS21';
  readonly size: number;
  readonly end: number;
  readonly lastTid: string | null;
  readonly transactions: readonly GoldenTransaction[];
  readonly index: readonly (readonly [oid: string, position: number])[];
}

export interface GoldenIndex {
  readonly end: number;
  readonly entries: readonly (readonly [oid: string, position: number])[];
  readonly hex: string;
}

export function golden(name: string): Golden {
  const path = `${directory}${name}.fs`;
  const said = JSON.parse(readFileSync(`${directory}${name}.json`, 'utf8')) as Golden;
  return { ...said, name, path, bytes: readFileSync(path), indexBytes: readFileSync(`${path}.index`) };
}

export const goldenNames = readdirSync(directory)
  .filter((name) => name.endsWith('.fs'))
  .map((name) => name.slice(0, -3));

export const goldenIndexes = JSON.parse(
  readFileSync(`${directory}indexes.json`, 'utf8'),
) as readonly GoldenIndex[];
