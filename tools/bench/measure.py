"""Runs one program to its end and says on descriptor 3, as JSON, what it cost.

Usage: measure.py PROGRAM ARGUMENT...

What earlier programs left to be written goes to the disk first, so that nobody pays for somebody else's pages.
"""

import json
import os
import sys
import time

REPORT = 3

os.set_inheritable(REPORT, False)
os.sync()
begin = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - begin
# Linux counts in KiB, macOS in bytes.
unit = 1 if sys.platform == 'darwin' else 1024
report = {
    'status': os.waitstatus_to_exitcode(status),
    'wallSeconds': wall,
    'cpuSeconds': usage.ru_utime + usage.ru_stime,
    'peakBytes': usage.ru_maxrss * unit,
}
os.write(REPORT, json.dumps(report).encode())
