"""A site at work: commits as fast as it can, with undos, aborted commits and packs in between.

argv: path of the Data.fs, path of the log. After each commit the log gets a line: tid and the value that both counters
have in it. Ends when its standard input is closed.
"""

import os
import random
import sys
import threading
import time

import transaction
from persistent.mapping import PersistentMapping
from ZODB import DB
from ZODB.Connection import TransactionMetaData
from ZODB.FileStorage import FileStorage
from ZODB.POSException import UndoError

path, log_path = sys.argv[1:]
chance = random.Random(7)
log = os.open(log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
rename = os.rename


def slow_rename(source, target):
    """Makes the instant without a Data.fs long enough to be met."""
    rename(source, target)
    if target == path + '.old':
        time.sleep(chance.uniform(0.02, 0.3))


os.rename = slow_rename


def note(storage, value):
    os.write(log, b'%s %d\n' % (storage.lastTransaction().hex().encode(), value))


def body(size):
    return chance.randbytes(size // 2) + b'zope ' * (size // 10)


def fill(connection):
    root = connection.root()
    root['first'], root['second'] = PersistentMapping(value=0), PersistentMapping(value=0)
    root['docs'] = PersistentMapping((n, PersistentMapping()) for n in range(60))


def commit(connection, value):
    root = connection.root()
    for n in chance.sample(range(60), chance.randrange(4)):
        root['docs'][n]['body'] = body(chance.choice((100, 1000, 20_000)))
    root['first']['value'] = root['second']['value'] = value
    transaction.commit()


def undo(db, connection, storage):
    try:
        entries = db.undoLog(0, 1)
        if not entries:
            return
        db.undo(entries[0]['id'], transaction.get())
        transaction.commit()
    except UndoError:
        # Also while a pack is at work.
        transaction.abort()
        return
    transaction.begin()
    note(storage, connection.root()['first']['value'])


def abort_vote(storage):
    """A commit that another database refused: it was in the file, and is cut off again."""
    meta = TransactionMetaData()
    storage.tpc_begin(meta)
    for _ in range(20):
        storage.store(storage.new_oid(), bytes(8), body(chance.choice((10, 100_000))), '', meta)
    storage.tpc_vote(meta)
    time.sleep(chance.uniform(0, 0.01))
    storage.tpc_abort(meta)


def keep_packing(db, stop):
    while not stop.wait(chance.uniform(0.3, 1)):
        db.pack()


def wait_for_the_end(stop):
    sys.stdin.read()
    stop.set()


def main():
    storage = FileStorage(path)
    db = DB(storage)
    note(storage, 0)
    connection = db.open()
    fill(connection)
    transaction.commit()
    note(storage, 0)
    stop = threading.Event()
    packer = threading.Thread(target=keep_packing, args=(db, stop), daemon=True)
    packer.start()
    threading.Thread(target=wait_for_the_end, args=(stop,), daemon=True).start()
    value = 0
    print('working', flush=True)
    while not stop.is_set():
        turn = chance.randrange(20)
        if turn == 0:
            abort_vote(storage)
        elif turn == 1 and value > 0:
            undo(db, connection, storage)
        else:
            value += 1
            commit(connection, value)
            note(storage, value)
        time.sleep(chance.uniform(0, 0.02))
    packer.join()
    db.close()


main()
