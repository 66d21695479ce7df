"""Runs DirectoryStorage's checkds on a storage and prints the seconds it took.

The sources come from the directory given; what keeps them from running on Python 3 is mended as they are loaded: a missing
import, and texts where there must be bytes.
"""
import importlib.abc
import importlib.util
import os
import sys
import time
import types

source, storage = sys.argv[1:3]


class Loader(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] != "DirectoryStorage":
            return None
        return importlib.util.spec_from_loader(name, self, is_package=name == "DirectoryStorage")

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        name = module.__name__.partition(".")[2]
        if not name:
            return
        with open(os.path.join(source, name + ".py"), encoding="utf8") as file:
            text = file.read()
        if name == "checkds":
            text = "import hashlib\n" + text
            text = text.replace('root = "\\0" * 8', 'root = b"\\0" * 8')
            text = text.replace('tid < "\\x03F%\\xa0\\x00\\x00\\x00\\x00"', 'tid < b"\\x03F%\\xa0\\0\\0\\0\\0"')
            text = text.replace("cPickleloads", "cPickle.loads")
            text = text.replace("ZODB_referencesf(pickle, refoids)", "refoids.extend(ZODB_referencesf(pickle))")
        if name == "utils":
            text = text.replace("return repr(TimeStamp(", "return (lambda t: t.raw())(TimeStamp(")
            text = text.replace('if d[:3] == "((U":', 'if d[:3] == b"((U":')
        exec(compile(text, name, "exec"), module.__dict__)


sys.meta_path.insert(0, Loader())
from DirectoryStorage import checkds  # noqa: E402

checks = checkds.CoreChecker(storage, -1)
started = time.perf_counter()
checks.check()
print(time.perf_counter() - started)
