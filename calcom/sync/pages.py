"""Many rows, some at a time: the memory of a sync does not grow with the account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

PAGE = 500


def pages(items: Iterable[T]) -> Iterator[list[T]]:
    """The items in lists of at most PAGE."""
    iterator = iter(items)
    while page := list(islice(iterator, PAGE)):
        yield page
