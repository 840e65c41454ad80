"""The daemon that PySpark forks its workers from, for scripts/oracle, where jobs are small and many.

It has the worker's modules before it forks, and they are frozen, so that the collection behind each task does not go
through them (20 ms a task). Workers are forked again after each job that fails; they do not read the directory of
pyspark.zip again, which does not change (0.4 s a worker). What they read is acknowledged at once: the JVM sends each task
in several pieces and waits with the next until the last has been (40 ms each, and two of them a task).
"""

import gc
import io
import os
import socket
import zipimport

import pyspark.daemon
import pyspark.worker  # noqa: F401 (workers find it loaded)


class Acknowledging(io.RawIOBase):
    """Reads from a socket."""

    def __init__(self, descriptor):
        self.socket = socket.socket(fileno=descriptor)

    def readable(self):
        return True

    def readinto(self, buffer):
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return self.socket.recv_into(buffer)

    def close(self):
        self.socket.close()
        super().close()


class Files:
    """The module `os` as pyspark.daemon sees it."""

    def __getattr__(self, name):
        return getattr(os, name)

    def fdopen(self, descriptor, mode, size):
        """A file; one that a worker reads from acknowledges."""
        if mode == "rb" and descriptor > 2:
            return io.BufferedReader(Acknowledging(descriptor), size)
        return os.fdopen(descriptor, mode, size)


if __name__ == "__main__":
    zipimport.zipimporter.invalidate_caches = lambda _self: None
    pyspark.daemon.os = Files()
    gc.collect()
    gc.freeze()
    pyspark.daemon.manager()
