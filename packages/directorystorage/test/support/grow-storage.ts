import { currentName, revisionName, transactionName } from '../../src/names.js';
import { encodeObjectFile } from '../../src/object-file.js';
import { encodeTransactionFile } from '../../src/transaction-file.js';
import { type BuiltStorage, oidOf, recordOf, tidOf } from './build-storage.js';

/** One more transaction, that writes these objects anew (never the root): its tid. */
export async function grow(
  storage: BuiltStorage,
  number: number,
  objects: readonly number[],
): Promise<string> {
  const tid = tidOf(number);
  const previous = tidOf(number - 1);
  for (const object of objects) {
    const oid = oidOf(object);
    const before = await storage.read(currentName(oid));
    const fields = { oid, tid, previous: before.toString('hex').toUpperCase(), data: recordOf([]) };
    await storage.write(revisionName(oid, tid), encodeObjectFile(fields));
    await storage.write(currentName(oid), Buffer.from(tid, 'hex'));
  }
  await storage.write(
    transactionName(tid),
    encodeTransactionFile({ tid, previous, oids: objects.map(oidOf) }),
  );
  await storage.write('x.serial', Buffer.from(tid, 'hex'));
  return tid;
}
