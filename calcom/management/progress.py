"""How far a long command is: a bar on a terminal, a line now and then elsewhere; always on the error stream."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn

from calcom.management.printing import printable

EVERY_S = 10.0
Clock = Callable[[], float]


class Tick(Protocol):
    """How many are done, counted from the beginning, and of how many where that is known."""

    def __call__(self, done: int, total: int | None = None) -> None: ...


class Silent:
    """For --json: a program reads."""

    def __call__(self, done: int, total: int | None = None) -> None:
        """Nothing is said."""

    def say(self, text: str) -> None:
        """Nothing is said."""


class Pace:
    """Done, of how many, how fast, how long still.

    The rate counts from the first tick: a run that goes on where another stopped begins with one.
    """

    def __init__(self, total: int | None, clock: Clock) -> None:
        self.done, self.total = 0, total
        self._clock = clock
        self._first: tuple[int, float] | None = None

    def tick(self, done: int, total: int | None) -> None:
        """So far."""
        self.done, self.total = done, self.total if total is None else total
        self._first = self._first or (done, self._clock())

    @property
    def rate(self) -> float:
        """Rows per second; 0 while nothing can be said."""
        if self._first is None:
            return 0.0
        done, since = self.done - self._first[0], self._clock() - self._first[1]
        return done / since if done > 0 and since > 0 else 0.0

    @property
    def words(self) -> str:
        """As "3,000 of 50,000, 412/s, 2 min left"."""
        numbers = f"{self.done:,}" if self.total is None else f"{self.done:,} of {self.total:,}"
        if not self.rate:
            return numbers
        pace = f"{self.rate:,.0f}/s" if self.rate >= 10 else f"{self.rate:.1f}/s"
        if self.total is None or self.done > self.total:
            return f"{numbers}, {pace}"
        return f"{numbers}, {pace}, {_duration((self.total - self.done) / self.rate)} left"


class Lines:
    """A line every ten seconds at most, so that a log file stays short. A run that ends before says nothing."""

    def __init__(self, title: str, *, total: int | None, clock: Clock = time.monotonic) -> None:
        self._title, self._clock = title, clock
        self._pace = Pace(total, clock)
        self._said_at = clock()

    def __call__(self, done: int, total: int | None = None) -> None:
        """So far."""
        self._pace.tick(done, total)
        self._line(self._pace.words)

    def say(self, text: str) -> None:
        """Why it takes so long, for instance that a call has to wait."""
        self._line(f"{self._pace.words}; {text}")

    def _line(self, text: str) -> None:
        if self._clock() - self._said_at < EVERY_S:
            return
        self._said_at = self._clock()
        sys.stderr.write(f"{printable(f'{self._title}: {text}')}\n")
        sys.stderr.flush()


class Bar:
    """On a terminal: one line that is drawn over."""

    def __init__(self, title: str, *, total: int | None, bar: Progress) -> None:
        self._title, self._bar = escape(printable(title)), bar
        self._pace = Pace(total, time.monotonic)
        self._task: TaskID = bar.add_task(self._title, total=total, words="")

    def __call__(self, done: int, total: int | None = None) -> None:
        """So far."""
        self._pace.tick(done, total)
        self._bar.update(self._task, completed=done, total=self._pace.total, words=self._pace.words)

    def say(self, text: str) -> None:
        """Beside the bar, until the next tick."""
        self._bar.update(self._task, words=escape(printable(text)))


Shown = Silent | Lines | Bar


@contextmanager
def shown(title: str, *, total: int | None, is_silent: bool) -> Iterator[Shown]:
    """What suits the error stream, for as long as the block lasts."""
    if is_silent:
        yield Silent()
    elif not sys.stderr.isatty():
        yield Lines(title, total=total)
    else:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[words]}"),
        )
        # Our lines go to stdout as they are: rich must not catch and colour them.
        console = Console(file=sys.stderr)
        with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
            yield Bar(title, total=total, bar=bar)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
