"""A file that is whole or not there, and to which one process or thread writes at a time."""

import glob
import importlib
import os
import secrets
import shutil
from contextlib import contextmanager, suppress


def replace(who, path, data):
    """Write a whole file, or leave the old one; whoever calls holds the lock."""
    with told(who, path, "write"):
        for stale in path.parent.glob(f"{glob.escape(path.name)}.{'[0-9a-f]' * 16}.part"):
            stale.unlink(missing_ok=True)  # its writer was killed, or would hold the lock
        with draft(path, data) as new:
            if path.exists():
                shutil.copymode(path, new)
            os.replace(new, path)
        if os.name != "nt":  # the new name, too, is to survive a loss of power
            folder = os.open(path.parent, os.O_RDONLY)
            with suppress(OSError):  # not every file system can
                os.fsync(folder)
            os.close(folder)


@contextmanager
def draft(path, data):
    """A new file beside the path, with the data safe on the disk; removed unless renamed."""
    name = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    try:
        with open(name, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield name
    finally:
        with suppress(OSError):
            name.unlink()


@contextmanager
def locked(who, path, wait=0):
    """Hold the path for oneself; raise ValueError if another process or thread still holds it
    after ``wait`` seconds.  The lock is the system's: it ends with the process, however that ends.
    """
    filelock = library("filelock")
    lock = filelock.FileLock(f"{path}.lock", timeout=wait)
    with told(who, path, "write"):
        open(lock.lock_file, "ab").close()  # filelock would wait where nothing can be written
        try:
            lock.acquire(poll_interval=0.01)
        except filelock.Timeout:
            raise ValueError(
                f"{who}: expected a file of its own, got {str(path)!r}, to which another training "
                "is writing"
            ) from None
    try:
        yield
    finally:
        with suppress(OSError):  # filelock leaves it behind, and copes with its absence
            os.unlink(lock.lock_file)
        lock.release()


@contextmanager
def told(who, path, what):
    """An OSError within says what the system said, about the path that the reader knows."""
    try:
        yield
    except OSError as error:
        message = f"{who}: cannot {what} the checkpoint: {error.strerror or error}"
        raise OSError(error.errno, message, str(path)) from error


def library(name):
    """The module of that name."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        name = name.partition(".")[0]
        message = f"a checkpoint needs {name}: python -m pip install {name}"
        raise ImportError(message) from error
