"""Runs many repozo command lines, each in a process of its own that is forked off after ZODB was imported once.

Standard input: JSON, a list of {"cwd", "argv", "now"}; `now` (epoch seconds, or null) is what the clock shows.
Standard output: JSON, a list of {"status", "stdout" (base64), "stderr"}.
"""
import base64
import json
import os
import sys
import tempfile
import time
import traceback

from ZODB.scripts import repozo


def child(case):
    os.chdir(case["cwd"])
    sys.argv = ["repozo"] + case["argv"]
    if case.get("now") is not None:
        gmtime = time.gmtime
        time.time = lambda: case["now"]
        time.gmtime = lambda seconds=None: gmtime(case["now"] if seconds is None else seconds)
    try:
        repozo.main()
    except SystemExit as stop:
        if isinstance(stop.code, str):
            print(stop.code, file=sys.stderr)
            return 1
        return stop.code or 0
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def run(case):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            status = child(case)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        out.seek(0)
        err.seek(0)
        return {
            "status": status,
            "stdout": base64.b64encode(out.read()).decode(),
            "stderr": err.read().decode("utf8", "replace"),
        }


print(json.dumps([run(case) for case in json.load(sys.stdin)]))
