"""collective.recipe.backup and a ZODB with blobs, for tests: the modules are loaded once, each request runs in a child.

A request is a line on standard input, a JSON array: NUMBER, NAME, and the arguments of the function of that name. When
it is over, `done NUMBER STATUS` is printed, and after it on the same line what the function returned, as JSON.
"""

import hashlib
import json
import logging
import os
import sys
import tempfile

import transaction
from collective.recipe.backup import main
from persistent.mapping import PersistentMapping
from ZODB import DB
from ZODB.blob import Blob
from ZODB.FileStorage import FileStorage


def change(datafs, blobs, number):
    """Commits the change of this number: two new blobs, and from the second on a new content and a deletion."""
    storage = FileStorage(datafs, blob_dir=blobs)
    db = DB(storage)
    root = db.open().root()
    for name in ('new-%d' % number, 'more-%d' % number) + (('new-1',) if number > 1 else ()):
        content = ('%s of %d\n' % (name, number)).encode() * 2000 * number
        root[name] = root.get(name) or PersistentMapping(blob=Blob())
        with root[name]['blob'].open('w') as target:
            target.write(content)
        root[name]['sha256'] = hashlib.sha256(content).hexdigest()
        transaction.commit()
    if number > 1:
        del root['more-%d' % (number - 1)]
        transaction.commit()
    if number == 3:
        # Takes blobs away, and makes the next backup a full one.
        db.pack()
    db.close()


def check(datafs, blobs):
    """Opens a copy read-only and compares each blob with what its document says; how many there are."""
    db = DB(FileStorage(datafs, blob_dir=blobs, read_only=True))
    documents = db.open().root()
    count = 0
    for name, document in documents.items():
        with document['blob'].open('r') as source:
            if hashlib.sha256(source.read()).hexdigest() != document['sha256']:
                raise SystemExit('%s: the blob is not that of the document' % name)
        count += 1
    db.close()
    return count


def call(name, arguments, date=None):
    """Runs a main function as the script in `bin` would; `date` is its argument on the command line."""
    sys.argv = ['bin/restore'] + ([date] if date else [])
    getattr(main, name)(**arguments)


def serve():
    for line in sys.stdin:
        number, name, *arguments = json.loads(line)
        with tempfile.TemporaryFile('w+') as answer:
            child = os.fork()
            if child == 0:
                work(answer, name, arguments)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            answer.seek(0)
            print('done %d %d %s' % (number, status, answer.read()), flush=True)


def work(answer, name, arguments):
    status = 1
    try:
        os.dup2(2, 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        json.dump(globals()[name](*arguments), answer)
        answer.flush()
        status = 0
    except SystemExit as end:
        print(end, file=sys.stderr)
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        logging.exception(name)
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == '__main__':
    logging.basicConfig(level=logging.INFO)
    print('ready', flush=True)
    serve()
