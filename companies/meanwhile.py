"""Work that a thread keeps until it has to wait for somebody else anyhow, and does then.

What keeps work says so with keeping(); whoever is about to wait calls catch_up(). Neither knows of the other.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context

import structlog

logger = structlog.get_logger(__name__)

Work = Callable[[], None]


class _Kept(threading.local):
    """The thread's own; None where it keeps nothing."""

    work: deque[tuple[Context, Work]] | None = None


_kept = _Kept()


@contextmanager
def keeping() -> Iterator[None]:
    """Let work be kept in here; at the end what is left is done. Whoever is killed in here has lost it."""
    before, _kept.work = _kept.work, deque()
    try:
        try:
            yield
        except Exception:
            catch_up()
            raise
        catch_up()
    finally:
        _kept.work = before


def keep(work: Work) -> None:
    """Have it done soon, with today's language and log context; at once where nobody is keeping().

    What is kept must be able to fail: its errors are logged, and reach nobody.
    """
    if _kept.work is None:
        work()
    else:
        _kept.work.append((copy_context(), work))


def catch_up() -> None:
    """Do what is kept, in its order."""
    while _kept.work:
        context, work = _kept.work.popleft()
        try:
            context.run(work)
        except Exception as error:
            logger.exception("meanwhile.failed", error=type(error).__name__)
