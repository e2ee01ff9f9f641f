"""What people have changed, and were told that it is so."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Local:
    """A change made here. `name` is unique: the history has it as whoever made the change, and tells what it was."""

    name: str
    appointment_id: int


@dataclass(frozen=True)
class Remote:
    """A change made at Cal.com, which answered with this booking."""

    uid: str
    kind: str
    starts_at: datetime | None = None


@dataclass
class Diary:
    """All changes so far, of both sides. Safe for many threads.

    `given_up`: appointments of which staff have decided that what Cal.com has counts, whatever was wanted here before.
    """

    local: list[Local] = field(default_factory=list)
    remote: list[Remote] = field(default_factory=list)
    given_up: set[int] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, change: Local | Remote) -> None:
        """One more."""
        with self._lock:
            (self.local if isinstance(change, Local) else self.remote).append(change)  # type: ignore[arg-type]

    def refuse(self, what: str) -> None:
        """Somebody was told no, which changes nothing."""
        with self._lock:
            self.refused[what] += 1

    def fail(self, what: str) -> None:
        """A mistake of the run itself."""
        with self._lock:
            self.failed.append(what)


@dataclass
class Pace:
    """One thread's share of the changes, and when the next is due."""

    wanted: int
    per_second: float
    stop: threading.Event
    done: int = 0
    _began: float = field(default_factory=time.monotonic)

    def wait(self) -> bool:
        """Whether one more is wanted; waits until it is due."""
        if self.done >= self.wanted:
            return False
        due_in = self._began + self.done / self.per_second - time.monotonic()
        return not self.stop.wait(max(due_in, 0.0))
