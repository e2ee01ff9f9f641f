"""What changes seldom, kept for some seconds in the process: who performs a service, where, and how it is offered.

For grids and searches only. Whoever is about to book asks check(), which reads everything anew; and what is taken is
read anew for every answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from django.utils.translation import get_language

from appointments.availability.cast import Cast, cast_of
from appointments.availability.values import Query

T = TypeVar("T")

KEPT_S = 5.0
_MOST = 1_000


class Kept(Generic[T]):
    """Values by what was asked, in the reader's language: they hold sentences."""

    def __init__(self) -> None:
        self._values: dict[Hashable, tuple[float, T]] = {}
        _all.append(self)

    def get(self, asked: Hashable, make: Callable[[], T]) -> T:
        """The value of some seconds ago, or a new one. What fails is not kept."""
        key, now = (asked, get_language()), time.monotonic()
        until, value = self._values.get(key, (0.0, None))
        if value is not None and now < until:
            return value
        made = make()
        if len(self._values) >= _MOST:
            self._values.clear()
        self._values[key] = now + KEPT_S, made
        return made

    def forget(self) -> None:
        """Make everything anew."""
        self._values.clear()


_all: list[Kept[Any]] = []
_casts = Kept[Cast]()


def kept_cast(query: Query) -> Cast:
    """Who comes into question, as it was some seconds ago."""
    return _casts.get(query, lambda: cast_of(query))


def forget() -> None:
    """Read everything anew; for tests."""
    for one in _all:
        one.forget()
