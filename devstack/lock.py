"""One stack at a time: a lock that the operating system gives back whatever kills its holder."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from devstack.errors import StackError


class AlreadyLocked(StackError):
    """Another process uses the servers."""


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[int]:
    """Hold the lock `path` inside the block; raises AlreadyLocked at once where another process has it.

    Yields the descriptor: a forked child must close it, or it would hold the lock as well.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except PermissionError as error:
        raise StackError(f"{path.parent} belongs to another account: start with that one, or remove it.") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyLocked("Another start.py uses the servers of this directory.") from error
        yield descriptor
    finally:
        os.close(descriptor)


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock now."""
    try:
        with only_one(path):
            return True
    except AlreadyLocked:
        return False
