"""The daemon that PySpark forks its workers from, for scripts/oracle, where jobs are small and many.

It has the worker's modules before it forks, and they are frozen, so that the collection behind each task does not go
through them (20 ms a task). Workers are forked again after each job that fails; they do not read the directory of
pyspark.zip again, which does not change (0.4 s a worker).
"""

import gc
import zipimport

import pyspark.worker  # noqa: F401 (workers find it loaded)
from pyspark.daemon import manager

if __name__ == "__main__":
    zipimport.zipimporter.invalidate_caches = lambda _self: None
    gc.collect()
    gc.freeze()
    manager()
