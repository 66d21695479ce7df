"""A site with blobs: works on it, or opens what was restored.

work DATAFS BLOBS ZLIB(0|1): commits documents and blobs, undoes blob changes, deletes blobs and packs, as fast as it
can, until its standard input is closed. Prints `working` when it has begun.

check DATAFS BLOBS ZLIB(0|1): opens a copy read-only, loads every object and every blob of the current state, and
compares the content of each blob with the digest that its document has. Prints how many blobs there were.
"""

import hashlib
import random
import sys
import threading
import time

import transaction
from persistent.mapping import PersistentMapping
from ZODB import DB
from ZODB.blob import Blob
from ZODB.FileStorage import FileStorage
from ZODB.POSException import UndoError


def open_storage(path, blobs, zlib, **options):
    storage = FileStorage(path, blob_dir=blobs, **options)
    if zlib == '1':
        from zc.zlibstorage import ZlibStorage

        storage = ZlibStorage(storage)
    return storage


def work(path, blobs, zlib):
    chance = random.Random(11)
    storage = open_storage(path, blobs, zlib)
    db = DB(storage)
    connection = db.open()
    root = connection.root()
    # Never changed again: so that every backup has something in common with the one before.
    root['still'] = PersistentMapping(body='x')
    root['files'] = PersistentMapping()
    transaction.commit()
    stop = threading.Event()

    def keep_packing():
        while not stop.wait(chance.uniform(0.4, 1.2)):
            db.pack()

    def wait_for_the_end():
        sys.stdin.read()
        stop.set()

    packer = threading.Thread(target=keep_packing, daemon=True)
    packer.start()
    threading.Thread(target=wait_for_the_end, daemon=True).start()
    print('working', flush=True)
    number = 0
    while not stop.is_set():
        files = root['files']
        turn = chance.randrange(10)
        if turn == 0 and number:
            undo(db)
        elif turn == 1 and len(files) > 3:
            del files[chance.choice(sorted(files))]
            transaction.commit()
        else:
            number += 1
            name = 'file-%d' % chance.randrange(40)
            content = chance.randbytes(chance.choice((0, 10, 5000, 200_000)))
            document = files.get(name)
            if document is None:
                document = files[name] = PersistentMapping(blob=Blob())
            with document['blob'].open('w') as target:
                target.write(content)
            document['sha256'] = hashlib.sha256(content).hexdigest()
            transaction.commit()
        time.sleep(chance.uniform(0, 0.02))
    packer.join()
    db.close()


def undo(db):
    try:
        entries = db.undoLog(0, 1)
        if entries:
            db.undo(entries[0]['id'], transaction.get())
            transaction.commit()
    except UndoError:
        transaction.abort()
    transaction.begin()


def check(path, blobs, zlib):
    storage = open_storage(path, blobs, zlib, read_only=True)
    db = DB(storage)
    connection = db.open()
    count = 0
    for name, document in sorted(connection.root().get('files', {}).items()):
        with document['blob'].open('r') as source:
            digest = hashlib.sha256(source.read()).hexdigest()
        if digest != document['sha256']:
            raise SystemExit('%s: the blob is not that of the document' % name)
        count += 1
    # Every record that is there is read, and every object loads, those nobody refers to any more as well. Not `loadSerial` of
    # every record: a pack keeps what a later undo points back to, but cuts it off from the revisions of its object.
    current = {}
    for transaction_ in storage.iterator():
        for record in transaction_:
            current[record.oid] = record.data is not None
    for oid, exists in current.items():
        if exists:
            storage.load(oid)
    db.close()
    print(count)


if __name__ == '__main__':
    globals()[sys.argv[1]](*sys.argv[2:])
