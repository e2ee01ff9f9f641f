"""One transaction for one function. One that met another, and had to give way, is done again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

# A deadlock; a row that somebody else inserted in the same moment; a prepared statement that is lost, or does not fit
# the tables any more.
_MET_ANOTHER = {"40P01", "23505", "26000", "0A000"}
_ATTEMPTS = 4


def transactional(work: Callable[P, R]) -> Callable[P, R]:
    """Run in a transaction. One that begins here is tried again; one that began outside is left to whoever began it."""

    @wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        attempts = 1 if connection.in_atomic_block else _ATTEMPTS
        for attempt in range(1, attempts + 1):
            try:
                with transaction.atomic():
                    return work(*args, **kwargs)
            except DatabaseError as error:
                if attempt == attempts or getattr(error.__cause__, "sqlstate", None) not in _MET_ANOTHER:
                    raise
        raise AssertionError  # pragma: no cover - the loop returns or raises

    return run
