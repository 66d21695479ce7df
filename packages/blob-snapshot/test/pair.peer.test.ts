import { join } from 'node:path';
import { nodeFileSystem as fs } from '@holdfast/durable-fs';
import { collectBlobReferences } from '@holdfast/filestorage';
import { describePeers, pythonOutput, temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { chooseBlobBackup } from '../src/choose.js';
import { entriesOf } from '../src/entries.js';
import { readLayout } from '../src/layout.js';
import { listBlobBackups } from '../src/location.js';
import { checkPair } from '../src/pair.js';
import { prepareBlobs } from '../src/prepare.js';
import { restoreBlobs } from '../src/restore-blobs.js';
import { engine, STAMPS } from './support/scene.js';

const PRELUDE = `
  import os, sys, time, transaction, ZODB
  from ZODB.blob import Blob
  from ZODB.FileStorage import FileStorage
  path, blobs, how = sys.argv[1:]
  def opened():
      storage = FileStorage(path, blob_dir=blobs)
      if how == 'zlib':
          import zc.zlibstorage
          storage = zc.zlibstorage.ZlibStorage(storage)
      return ZODB.DB(storage)
  db = opened()
  connection = db.open()
  root = connection.root()
`;

/** Makes, changes, undoes, undoes the undo, deletes, packs. */
const CHANGES = `
  for name in 'abcd':
      root[name] = Blob(name.encode() * 1000)
  transaction.commit()
  for text in (b'second', b'third'):
      with root['a'].open('w') as file:
          file.write(text)
      transaction.commit()
  for _ in range(2):
      db.undo(db.undoLog(0, 1)[0]['id'])
      transaction.commit()
      connection.sync()
  del root['b']
  transaction.commit()
  if os.environ.get('PACK'):
      db.pack(time.time() + 1)
  db.close()
`;

const LOAD_ALL = `
  seen = 0
  for name in sorted(root):
      with root[name].open() as file:
          assert file.read() == (b'third' if name == 'a' else name.encode() * 1000), name
      seen += 1
  for transaction_ in db.storage.iterator():
      for record in transaction_:
          if record.data and db.storage.is_blob_record(record.data):
              db.storage.loadBlob(record.oid, record.tid)
              seen += 1
  print(seen)
`;

describePeers('blobs of a real ZODB', () => {
  test.each([
    ['plain', ''],
    ['plain', 'packed'],
    ['zlib', ''],
    ['zlib', 'packed'],
  ])(
    'are a pair with its Data.fs, backed up and restored, and every one loads (%s %s)',
    async (how, pack) => {
      const site = await temporaryDirectory();
      const [datafs, source, location] = ['Data.fs', 'blobstorage', 'backups'].map((name) =>
        join(site, name),
      ) as [string, string, string];
      await pythonOutput(PRELUDE + CHANGES, [datafs, source, how], { env: { PACK: pack } });
      const file = await fs.openRead(datafs);
      const references = await collectBlobReferences(file);
      await file.close();
      await using prepared = await prepareBlobs(engine, {
        source,
        location,
        stamp: STAMPS[0],
        style: { kind: 'tree', rotated: false },
      });
      await prepared.publish();
      const backup = chooseBlobBackup(await listBlobBackups(engine, location), { at: STAMPS[0] });
      const layout = await readLayout(fs, source);
      const report = await checkPair(references, entriesOf(engine, backup), { layout });
      expect(report).toMatchObject({ fits: true, missing: { count: 0 }, orphans: { count: 0 }, newer: 0 });
      expect(report.references).toBe(pack === '' ? 8 : 3);
      const target = join(site, 'restored');
      await restoreBlobs(engine, { backup, target });
      const seen = await pythonOutput(PRELUDE + LOAD_ALL, [datafs, target, how]);
      expect(Number(seen)).toBeGreaterThanOrEqual(6);
    },
  );
});
