import { join } from 'node:path';
import { nodeFileSystem as fs } from '@holdfast/durable-fs';
import { describePeers, pythonOutput, temporaryDirectory } from '@holdfast/test-kit';
import { expect, test } from 'vitest';
import { BlobReferences, collectBlobReferences } from '../src/index.js';

/** Commits, undoes, undoes the undo, deletes, undoes a creation, packs; tells after each step the file's size and the blobs on the disk. */
const HISTORY = `
  import json, os, sys, time, transaction, ZODB
  from ZODB.blob import Blob
  from ZODB.FileStorage import FileStorage
  from persistent.mapping import PersistentMapping
  path, blobs, how = sys.argv[1:]
  storage = FileStorage(path, blob_dir=blobs)
  if how == 'zlib':
      import zc.zlibstorage
      storage = zc.zlibstorage.ZlibStorage(storage)
  db = ZODB.DB(storage)
  connection = db.open()
  root = connection.root()
  told = []
  def tell(step):
      found = []
      for directory, _, files in os.walk(blobs):
          for name in files:
              if name.endswith('.blob'):
                  parts = os.path.relpath(directory, blobs).split(os.sep)
                  oid = ''.join(part[2:] for part in parts)
                  found.append([oid, name[2:-5].rjust(16, '0')])
      told.append({'step': step, 'size': os.path.getsize(path), 'blobs': sorted(found)})
  def commit(step):
      transaction.get().note(step)
      transaction.commit()
      tell(step)
  def undo(step):
      db.undo(db.undoLog(0, 1)[0]['id'])
      commit(step)
      connection.sync()
  def write(name, text):
      with root[name].open('w') as file:
          file.write(text)
  root['text'] = PersistentMapping({'about ZODB.blob Blob': 'x' * 5000})
  commit('no blobs yet')
  for name in 'abc':
      root[name] = Blob(name.encode() * 100)
  commit('three blobs')
  write('a', b'second')
  commit('a changed')
  write('a', b'third')
  root['d'] = Blob(b'new')
  commit('a changed, d made')
  undo('undone')
  undo('the undo undone')
  undo('and once more')
  del root['b']
  commit('b is gone')
  root['text']['more'] = 'y' * 200
  commit('other objects')
  undo('other objects undone')
  write('c', b'c again')
  commit('c changed')
  db.pack(time.time() + 1)
  tell('packed')
  connection.sync()
  write('c', b'c for the third time')
  commit('c changed after the pack')
  undo('undone after the pack')
  db.close()
  print(json.dumps(told))
`;

interface Told {
  readonly step: string;
  readonly size: number;
  readonly blobs: readonly (readonly [oid: string, tid: string])[];
}

function textOf(references: BlobReferences): string[] {
  return [...references].map(({ oid, tid }) => `${oid} ${tid}`).sort();
}

describePeers('the blobs that a Data.fs refers to', () => {
  test.each(['plain', 'zlib'])('are the files that ZODB has on the disk (%s)', async (how) => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'Data.fs');
    const told = JSON.parse(await pythonOutput(HISTORY, [path, join(directory, 'blobs'), how])) as Told[];
    const packed = told.findIndex(({ step }) => step === 'packed');
    for (const [name, states] of [
      [`${path}.old`, told.slice(0, packed)],
      [path, told.slice(packed)],
    ] as const) {
      const file = await fs.openRead(name);
      let last: Told | undefined;
      for (const state of states) {
        const expected = state.blobs.map(([oid, tid]) => `${oid} ${tid}`).sort();
        const whole = await collectBlobReferences(file, { limit: state.size });
        expect(textOf(whole), state.step).toEqual(expected);
        if (last !== undefined) {
          const added = await collectBlobReferences(file, { start: last.size, limit: state.size });
          const before = BlobReferences.of(last.blobs.map(([oid, tid]) => ({ oid, tid })));
          const fresh = state.blobs.filter(([oid, tid]) => !before.has({ oid, tid }));
          expect(textOf(added), state.step).toEqual(fresh.map(([oid, tid]) => `${oid} ${tid}`).sort());
        }
        last = state;
      }
      await file.close();
    }
    expect(told.map(({ blobs }) => blobs.length)).toEqual([0, 3, 4, 6, 7, 9, 10, 10, 10, 10, 11, 2, 3, 4]);
  });
});
