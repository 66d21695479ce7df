"""Real ZODB and real repozo under a clock that the test moves.

One JSON object a line comes in ({"id", "now", "do", ...}), one goes out with the same id. `now`, in seconds since
1970, is the time that ZODB and repozo see while the command runs.
"""

import contextlib
import io
import json
import logging
import os
import random
import struct
import sys
import time
import traceback

clock = [0.0]
real_gmtime = time.gmtime
time.time = lambda: clock[0]
time.gmtime = lambda seconds=None: real_gmtime(clock[0] if seconds is None else seconds)

import transaction  # noqa: E402
from persistent.mapping import PersistentMapping  # noqa: E402
from ZODB import DB  # noqa: E402
from ZODB.blob import Blob  # noqa: E402
from ZODB.Connection import TransactionMetaData  # noqa: E402
from ZODB.FileStorage import FileStorage  # noqa: E402
from ZODB.POSException import POSKeyError, UndoError  # noqa: E402
from ZODB.scripts import repozo  # noqa: E402
from ZODB.serialize import ObjectWriter  # noqa: E402
from ZODB.utils import p64, u64  # noqa: E402


class Log(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


log = Log()
logging.getLogger().addHandler(log)


class Site:
    """A writer's open storage."""

    def __init__(self, path, blobs):
        self.storage = FileStorage(path, blob_dir=blobs)
        self.db = DB(self.storage)
        self.voted = None

    def close(self):
        self.db.close()


sites = {}


def walk(path):
    """End of the last whole transaction, and (tid, status, whether it wrote data) of each, found without ZODB."""
    with open(path, 'rb') as file:
        data = file.read()
    position, found = 4, []
    while position + 23 <= len(data):
        tid, length, status = struct.unpack('>8sQc', data[position:position + 17])
        if status == b'c' or position + length + 8 > len(data):
            break
        end = position + length
        found.append((tid.hex(), status.decode(), writes_data(data[position:end])))
        position = end + 8
    return position, found


def writes_data(transaction):
    """Whether it does more than to delete objects, or to undo their creation."""
    position = 23 + sum(struct.unpack('>HHH', transaction[17:23]))
    while position < len(transaction):
        length, back = struct.unpack('>QQ', transaction[position + 34:position + 50].ljust(16, b'\0'))
        if length > 0 or back > 0:
            return True
        position += 50
    return False


def body(chance, size):
    text = ' '.join('%s%d' % (chance.choice(('backup', 'zope', 'plone', 'pack')), chance.randrange(99))
                    for _ in range(size // 14))
    return text.encode() + chance.randbytes(size // 2)


def open_site(path, blobs=None):
    sites[path] = Site(path, blobs)
    return state(path)


def close_site(path):
    site = sites.pop(path, None)
    if site is not None:
        site.close()


def commit(path, seed, changes, creates, deletes, size, blob=False, large=0):
    chance = random.Random(seed)
    with sites[path].db.transaction(note='edit') as connection:
        root = connection.root()
        if 'docs' not in root:
            root['docs'] = PersistentMapping()
        docs = root['docs']
        names = sorted(docs)
        for name in chance.sample(names, min(changes, len(names))):
            docs[name]['body'] = body(chance, chance.randrange(size + 1))
        for _ in range(creates):
            docs['doc %d' % chance.randrange(10 ** 9)] = PersistentMapping(body=body(chance, size))
        for name in chance.sample(names, min(deletes, len(names))):
            del docs[name]
        if blob:
            content = body(chance, size)
            docs['blob %d' % chance.randrange(10 ** 9)] = PersistentMapping(blob=Blob(content))
        if large:
            docs['large'] = PersistentMapping(body=chance.randbytes(large))
        if chance.random() < 0.5 or not changes + creates + deletes:
            root['count'] = root.get('count', 0) + 1
    return state(path)


def undo(path, nth):
    db = sites[path].db
    # Not the first one, which made the root.
    entries = db.undoLog(0, nth + 2)
    if len(entries) <= nth + 1:
        return {'done': False}
    try:
        db.undo(entries[nth]['id'], transaction.get())
        transaction.commit()
    except UndoError:
        transaction.abort()
        return {'done': False}
    return {'done': True, **state(path)}


def pack(path, back):
    try:
        sites[path].db.pack(time.time() - back)
    except KeyError:
        # A cut storage got a new root; ZODB cannot pack to a time before that.
        return {'done': False}
    return state(path)


def raw(path, work):
    """A transaction below the database: the storage is opened anew, so that no connection has old objects."""
    storage = sites[path].storage
    meta = TransactionMetaData(description='below the database')
    storage.tpc_begin(meta)
    work(storage, meta)
    storage.tpc_vote(meta)
    return meta


def reopen(path):
    site = sites[path]
    blobs = site.storage.blob_dir
    site.close()
    sites[path] = Site(path, blobs)


def vote(path, seed):
    """A transaction that stays unfinished: the file ends in one with the status c."""
    chance = random.Random(seed)
    record = ObjectWriter().serialize(PersistentMapping(body=body(chance, chance.randrange(3000))))

    storage = sites[path].storage
    with sites[path].db.transaction() as connection:
        docs = list(connection.root().get('docs', {}).values())
        if not docs:
            return {'done': False}
        oid = chance.choice(docs)._p_oid
    serial = storage.load(oid)[1]
    sites[path].voted = raw(path, lambda storage, meta: storage.store(oid, serial, record, '', meta))
    return state(path)


def end_vote(path, finish):
    site = sites[path]
    (site.storage.tpc_finish if finish else site.storage.tpc_abort)(site.voted)
    reopen(path)
    return state(path)


def delete_object(path):
    """Deletes an object that nothing refers to, as zc.zodbdgc does: a record without data."""
    site = sites[path]
    with site.db.transaction() as connection:
        docs = connection.root().get('docs', {})
        used = {0, *(u64(doc._p_oid) for doc in docs.values())}
        used.update(u64(doc['blob']._p_oid) for doc in docs.values() if 'blob' in doc)
        if 'docs' in connection.root():
            used.add(u64(docs._p_oid))
    for oid in site.storage._index.keys():
        if u64(oid) in used:
            continue
        try:
            serial = site.storage.load(oid)[1]
        except POSKeyError:
            continue
        meta = raw(path, lambda storage, meta: storage.deleteObject(oid, serial, meta))
        site.storage.tpc_finish(meta)
        reopen(path)
        return {'done': True, **state(path)}
    return {'done': False}


def state(path):
    """Of the file on the disk; what ZODB takes for its end must be what the walk found."""
    end, transactions = walk(path)
    site = sites.get(path)
    if site is not None:
        assert site.storage.getSize() == end, (site.storage.getSize(), end)
    return {'end': end, 'transactions': transactions}


def load_all(connection, storage):
    """Counts the objects in use that load, and those that do not; all others are loaded unless they were deleted."""
    waiting, seen, missing = [connection.root()], set(), 0
    while waiting:
        obj = waiting.pop()
        if obj._p_oid in seen:
            continue
        seen.add(obj._p_oid)
        try:
            activate(obj, storage)
        except POSKeyError:
            missing += 1
            continue
        if not isinstance(obj, Blob):
            waiting.extend(value for value in obj.values() if hasattr(value, '_p_oid'))
    for oid in storage._index.keys():
        with contextlib.suppress(POSKeyError):
            activate(connection.get(oid), storage)
    return len(seen) - missing, missing


def activate(obj, storage):
    if isinstance(obj, Blob):
        storage.load(obj._p_oid)
    else:
        obj._p_activate()


def check(path):
    """Opens a restored file as a site would, without writing, and loads every object."""
    log.lines.clear()
    storage = FileStorage(path, read_only=True)
    used_index = storage._used_index
    end, transactions = storage.getSize(), 0
    for stored in storage.iterator():
        transactions += 1
        for _ in stored:
            pass
    loaded = missing = 0
    if bytes(8) in storage._index:
        db = DB(storage)
        with db.transaction() as connection:
            loaded, missing = load_all(connection, storage)
        db.close()
    else:
        storage.close()
    return {'end': end, 'transactions': transactions, 'loaded': loaded, 'missing': missing,
            'usedIndex': used_index,
            'warnings': list(log.lines)}


def counters(path):
    """What a storage of live_writer.py holds: its tids, and the values of its two counters."""
    report = check(path)
    storage = FileStorage(path, read_only=True)
    tids = [stored.tid.hex() for stored in storage.iterator()]
    with DB(storage).transaction() as connection:
        root = connection.root()
        values = [root[name]['value'] for name in ('first', 'second') if name in root] or [0, 0]
    storage.close()
    return {**report, 'tids': tids, 'values': values}


def run_repozo(args):
    repozo.VERBOSE = False
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors):
        try:
            repozo.main(args)
        except SystemExit as end:
            if end.code not in (None, 0):
                return {'status': 1, 'stderr': '%s%s' % (errors.getvalue(), end.code)}
    return {'status': 0, 'stderr': errors.getvalue()}


COMMANDS = {
    'open': open_site, 'close': close_site, 'commit': commit, 'undo': undo, 'pack': pack, 'vote': vote,
    'endVote': end_vote, 'deleteObject': delete_object, 'state': state, 'check': check, 'counters': counters, 'repozo': run_repozo,
}

for line in sys.stdin:
    command = json.loads(line)
    number, clock[0] = command.pop('id'), command.pop('now')
    try:
        answer = {'reply': COMMANDS[command.pop('do')](**command)}
    except POSKeyError:
        # A packed storage that was cut has lost objects that it refers to.
        answer = {'reply': {'done': False}}
    except Exception:
        answer = {'error': traceback.format_exc()}
    print(json.dumps({'id': number, **answer}), flush=True)
