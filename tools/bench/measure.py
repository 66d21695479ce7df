"""Runs one program to its end and says on descriptor 3, as JSON, what it cost.

Usage: measure.py PROGRAM ARGUMENT...

What earlier programs left to be written goes to the disk first, so that nobody pays for somebody else's pages.
"""

import json
import os
import sys
import time

REPORT = 3


def busy_seconds():
    """What all programs together have used of the processors; None where the system does not say."""
    try:
        with open('/proc/stat') as stat:
            user, nice, system, idle, iowait, *rest = map(int, stat.readline().split()[1:9])
    except (OSError, ValueError):
        return None
    return (user + nice + system + sum(rest)) / os.sysconf('SC_CLK_TCK')



os.set_inheritable(REPORT, False)
os.sync()
busy_before = busy_seconds()
begin = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - begin
busy_after = busy_seconds()
cpu = usage.ru_utime + usage.ru_stime
others = None if busy_before is None or busy_after is None else max(0, busy_after - busy_before - cpu)
# Linux counts in KiB, macOS in bytes.
unit = 1 if sys.platform == 'darwin' else 1024
report = {
    'status': os.waitstatus_to_exitcode(status),
    'wallSeconds': wall,
    'cpuSeconds': cpu,
    'othersSeconds': others,
    'peakBytes': usage.ru_maxrss * unit,
}
os.write(REPORT, json.dumps(report).encode())
