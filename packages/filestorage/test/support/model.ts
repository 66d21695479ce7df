import type { FileStorageWriter } from '../../src/index.js';
import type { TransactionWish } from './arbitrary.js';

const STATUS = { ' ': 'done', p: 'packed', u: 'undone' } as const;

/** What was written, as the reader should tell it. */
export interface WrittenTransaction {
  readonly status: string;
  readonly texts: readonly string[];
  readonly records: readonly { readonly oid: bigint; readonly data: string }[];
}

/** Writes, and remembers what every record must say. */
export class Model {
  readonly expected: WrittenTransaction[] = [];
  private readonly written: { readonly oid: bigint; readonly position: number; readonly data: string }[] = [];

  async write(writer: FileStorageWriter, wish: TransactionWish): Promise<void> {
    const { user, description, status } = wish;
    const extension = Buffer.from(wish.extension);
    const transaction = writer.begin({ user, description, extension, status: STATUS[status] });
    const records = [];
    for (const { oid, wish: what } of wish.records) {
      const earlier = this.written.filter((record) => record.oid === oid);
      const source = what.kind === 'undo' ? earlier[what.nth % Math.max(1, earlier.length)] : undefined;
      const data = what.kind === 'data' ? Buffer.from(what.data).toString('hex') : (source?.data ?? '');
      const position =
        what.kind === 'data'
          ? await transaction.store(oid, what.data)
          : source === undefined
            ? await transaction.delete(oid)
            : await transaction.undoTo(oid, source.position);
      records.push({ oid, position, data });
    }
    await transaction.commit();
    const undone = status === 'u';
    if (!undone) this.written.push(...records);
    const texts = [user, description, wish.extension];
    const told = undone ? [] : records.map(({ oid, data }) => ({ oid, data }));
    this.expected.push({ status: STATUS[status], texts, records: told });
  }
}
