import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Clock } from '@holdfast/durable-fs';
import { type PythonProcess, spawnPython } from '@holdfast/test-kit';

const script = readFileSync(fileURLToPath(new URL('zodb_driver.py', import.meta.url)), 'utf8');

/** tid (16 hex digits) and status of a transaction, and whether it did more than to delete objects. */
type StoredTransaction = readonly [tid: string, status: ' ' | 'p' | 'u', writesData: boolean];

/** The `Data.fs` on the disk, as ZODB sees it. */
export interface StorageState {
  /** First byte after the last whole transaction. */
  readonly end: number;
  readonly transactions: readonly StoredTransaction[];
}

/** What a change came to: there may be nothing to undo, to pack or to delete. */
export type Change = StorageState | { readonly done: false };

export interface CheckReport {
  readonly end: number;
  readonly transactions: number;
  /** Objects that the root leads to. */
  readonly loaded: number;
  readonly missing: number;
  readonly usedIndex: 0 | 1;
  /** What ZODB logged, warnings and worse. */
  readonly warnings: readonly string[];
}

export interface CommitSize {
  readonly seed: number;
  readonly changes: number;
  readonly creates: number;
  readonly deletes: number;
  readonly size: number;
  readonly blob?: boolean;
  /** Bytes of one object that is larger than a gzip member; 0: none. */
  readonly large?: number;
}

/** Real ZODB and real repozo in a process of their own (`zodb_driver.py`); their clock is the one given here. */
export class ZodbDriver {
  private readonly process: PythonProcess = spawnPython(script);
  private count = 0;
  private clock: Pick<Clock, 'now'> = Date;

  useClock(clock: Pick<Clock, 'now'>): void {
    this.clock = clock;
  }

  open = (path: string, blobs?: string) => this.run<StorageState>('open', { path, blobs });
  close = (path: string) => this.run<object>('close', { path });
  state = (path: string) => this.run<StorageState>('state', { path });
  commit = (path: string, size: CommitSize) => this.run<Change>('commit', { path, ...size });
  undo = (path: string, nth: number) => this.run<Change>('undo', { path, nth });
  /** @param back the pack's time, seconds before now */
  pack = (path: string, back: number) => this.run<Change>('pack', { path, back });
  deleteObject = (path: string) => this.run<Change>('deleteObject', { path });
  /** Begins a transaction and leaves it in the file unfinished, until `endVote`. */
  vote = (path: string, seed: number) => this.run<Change>('vote', { path, seed });
  endVote = (path: string, finish: boolean) => this.run<StorageState>('endVote', { path, finish });
  /** Opens a restored file and loads every object. */
  check = (path: string) => this.run<CheckReport>('check', { path });
  /** The same for a storage of `live_writer.py`: its tids and its two counters. */
  counters = (path: string) =>
    this.run<CheckReport & { readonly tids: readonly string[]; readonly values: readonly number[] }>(
      'counters',
      { path },
    );
  repozo = (args: readonly string[]) =>
    this.run<{ readonly status: number; readonly stderr: string }>('repozo', { args });

  async end(): Promise<void> {
    await this.process.finish();
  }

  private async run<Reply>(what: string, fields: object): Promise<Reply> {
    const id = ++this.count;
    this.process.tell(JSON.stringify({ id, now: this.clock.now() / 1000, do: what, ...fields }));
    const line = await this.process.line(`{"id": ${id}, `);
    const { reply, error } = JSON.parse(line) as { readonly reply?: Reply; readonly error?: string };
    if (error !== undefined) throw new Error(`${what} ${JSON.stringify(fields)}: ${error}`);
    return reply!;
  }
}
