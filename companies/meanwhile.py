"""Work that a thread keeps until it has to wait for somebody else anyhow, and does then.

What keeps work says so with keeping(); whoever is about to wait calls catch_up(). Neither knows of the other.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass

import structlog

logger = structlog.get_logger(__name__)

Work = Callable[[], None]


def nothing() -> None:
    """What there is to do where work is lost, as a rule."""


@dataclass(frozen=True)
class _Piece:
    work: Work
    lost: Work
    context: Context

    def do(self) -> None:
        """Within what the log and the language were when it was kept."""
        self.context.run(self._do)

    def _do(self) -> None:
        try:
            self.work()
        except Exception as error:
            logger.exception("meanwhile.failed", error=type(error).__name__)


class _Kept(threading.local):
    """The thread's own; None where it keeps nothing."""

    pieces: deque[_Piece] | None = None


_kept = _Kept()


@contextmanager
def keeping() -> Iterator[None]:
    """Let work be kept in here; at the end what is left is done. Whoever is killed in here has lost it."""
    before, mine = _kept.pieces, deque[_Piece]()
    _kept.pieces = mine
    try:
        try:
            yield
        except Exception:
            catch_up()
            raise
        catch_up()
    finally:
        _kept.pieces = before
        for piece in mine:
            piece.lost()


def keep(work: Work, *, lost: Work = nothing) -> None:
    """Have it done soon, with today's language and log context; at once where nobody is keeping().

    What is kept must be able to fail: its errors are logged, and reach nobody. `lost` is done instead where the thread
    is stopped before, in a process that lives on.
    """
    if _kept.pieces is None:
        work()
    else:
        _kept.pieces.append(_Piece(work, lost, copy_context()))


def catch_up() -> float:
    """Do what is kept, in its order. Returns how many seconds that took; 0 where nothing was."""
    if not _kept.pieces:
        return 0.0
    began = time.monotonic()
    while _kept.pieces:
        _kept.pieces.popleft().do()
    return time.monotonic() - began
