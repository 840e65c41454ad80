"""Runs a command and writes what it took: `launch.py REPORT COMMAND…`.

A process starts with the peak memory of the one that it is forked from, so `run`, which holds results, cannot measure
its children itself: this small process (python -I -S, 9 MB) stands between. REPORT gets seconds of wall time, exit
status (negative: a signal), seconds of CPU and bytes of the peak memory.
"""

import os
import sys
import time

start = time.perf_counter()
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - start
with open(sys.argv[1], "w") as report:
    print(wall, os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, file=report)
