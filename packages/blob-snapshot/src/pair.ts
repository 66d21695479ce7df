import type { BlobReferences } from '@holdfast/filestorage';
import type { BlobEntry, BlobFile } from './entry.js';
import type { BlobLayout } from './layout.js';
import { referenceOf } from './references.js';
import type { BlobReference } from './request.js';

/** So many of each kind are named; all are counted. */
const NAMED = 100;

export interface PairOptions {
  /** Undefined: files of either layout count. */
  readonly layout?: BlobLayout | undefined;
  /** Last transaction of the `Data.fs`, 16 hex digits: blobs of later ones are no orphans, only newer. */
  readonly lastTid?: string | undefined;
  /** What is wrong with the file of a blob that the `Data.fs` refers to, in words; undefined: nothing. */
  readonly inspect?: ((file: BlobFile) => string | undefined) | undefined;
}

export interface PairReport {
  /** Every blob has its file, and none is wrong. */
  readonly fits: boolean;
  /** Blobs that the `Data.fs` refers to. */
  readonly references: number;
  /** Those without a file. */
  readonly missing: { readonly count: number; readonly items: readonly BlobReference[] };
  /** Those whose file is not right. */
  readonly wrong: {
    readonly count: number;
    readonly items: readonly { readonly path: string; readonly reason: string }[];
  };
  /** Files of blobs that no record refers to: of no use, and no harm. */
  readonly orphans: { readonly count: number; readonly bytes: number; readonly paths: readonly string[] };
  /** Files of blobs of later transactions. */
  readonly newer: number;
}

/**
 * Compares what a `Data.fs` refers to with the files of a blob directory or of a backup of it, as these come by. For a
 * check of what is new, the references are those of the new transactions, and orphans mean nothing.
 */
export class PairCheck {
  readonly #seen: Uint8Array;
  readonly #wrong: { path: string; reason: string }[] = [];
  readonly #orphans: string[] = [];
  #wrongCount = 0;
  #orphanCount = 0;
  #orphanBytes = 0;
  #newer = 0;

  constructor(
    private readonly references: BlobReferences,
    private readonly options: PairOptions = {},
  ) {
    this.#seen = new Uint8Array(references.size);
  }

  entry(entry: BlobEntry): void {
    if (entry.kind !== 'file') return;
    const reference = referenceOf(entry.path, this.options.layout);
    if (reference === undefined) return;
    const index = this.references.indexOf(reference);
    if (index === undefined) this.unreferenced(entry, reference);
    else this.referenced(entry, index);
  }

  report(): PairReport {
    const items: BlobReference[] = [];
    let missing = 0;
    for (let index = 0; index < this.#seen.length; index++) {
      if (this.#seen[index] !== 0) continue;
      missing += 1;
      if (items.length < NAMED) items.push(this.references.at(index));
    }
    return {
      fits: missing === 0 && this.#wrongCount === 0,
      references: this.references.size,
      missing: { count: missing, items },
      wrong: { count: this.#wrongCount, items: this.#wrong },
      orphans: { count: this.#orphanCount, bytes: this.#orphanBytes, paths: this.#orphans },
      newer: this.#newer,
    };
  }

  private referenced(file: BlobFile, index: number): void {
    this.#seen[index] = 1;
    const reason = this.options.inspect?.(file);
    if (reason === undefined) return;
    this.#wrongCount += 1;
    if (this.#wrong.length < NAMED) this.#wrong.push({ path: file.path, reason });
  }

  private unreferenced({ path, size }: BlobFile, { tid }: BlobReference): void {
    const { lastTid } = this.options;
    if (lastTid !== undefined && tid > lastTid) {
      this.#newer += 1;
      return;
    }
    this.#orphanCount += 1;
    this.#orphanBytes += size;
    if (this.#orphans.length < NAMED) this.#orphans.push(path);
  }
}

/**
 * The check of the pair: whether every blob that a `Data.fs` refers to has its file among `entries`.
 *
 * @param references of the `Data.fs` (`collectBlobReferences`)
 * @param entries of the blob backup (`entriesOf`), or of a blob directory
 */
export async function checkPair(
  references: BlobReferences,
  entries: AsyncIterable<BlobEntry> | Iterable<BlobEntry>,
  options: PairOptions = {},
): Promise<PairReport> {
  const check = new PairCheck(references, options);
  for await (const entry of entries) check.entry(entry);
  return check.report();
}
