"""One transaction for one function. One that met another, and had to give way, is done again.

What such a function writes last can go in one trip with the COMMIT: see at_the_end().
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import DatabaseError, connection, transaction
from psycopg.pq import TransactionStatus

P = ParamSpec("P")
R = TypeVar("R")

# Sends what was kept, and behind it, in the same trip, these statements.
Send = Callable[[tuple[str, ...]], None]

# A deadlock; a row that somebody else inserted in the same moment; a prepared statement that is lost, or does not fit
# the tables any more.
_MET_ANOTHER = {"40P01", "23505", "26000", "0A000"}
_ATTEMPTS = 4


def transactional(work: Callable[P, R]) -> Callable[P, R]:
    """Run in a transaction. One that begins here is tried again; one that began outside is left to whoever began it."""

    @wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            with transaction.atomic():
                return work(*args, **kwargs)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    ending = _Ending()
                    with connection.execute_wrapper(ending):
                        result = work(*args, **kwargs)
                        ending.commit()
                    return result
            except DatabaseError as error:
                if attempt == _ATTEMPTS or getattr(error.__cause__, "sqlstate", None) not in _MET_ANOTHER:
                    raise
        raise AssertionError  # pragma: no cover - the loop returns or raises

    return run


def at_the_end(send: Send) -> None:
    """Have something written when the @transactional function is through: `send` gets the COMMIT, to go with it.

    If the database is asked for anything before, it is written before that. In a transaction that began otherwise, in
    an inner one, and where nothing has been asked yet, it is written at once. An error of it is raised by whatever lets
    it be written, and once more at the end.
    """
    ending = _ending()
    if ending and connection.connection.pgconn.transaction_status == TransactionStatus.INTRANS:
        ending.keep(send)
    else:
        send(())


def may_be_lost() -> None:
    """Nobody need wait until what at_the_end() writes is on the disk: who has lost it will find it out again.

    It is lost only if the database server dies within a second; all that is committed afterwards is lost as well then,
    or nothing.
    """
    if ending := _ending():
        ending.is_durable = False


class _Ending:
    """Stands before all that is asked of the connection, and lets go first what is kept."""

    is_durable = True

    def __init__(self) -> None:
        self._kept: Send | None = None
        self._failure: Exception | None = None

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        self._let_go()
        return execute(*args)

    def keep(self, send: Send) -> None:
        """For the end, or until the database is asked for anything else."""
        self._let_go()
        self._kept = send

    def commit(self) -> None:
        """Write what is kept, if anything, and commit: nothing is left for Django to do then.

        Whoever let it be written before may have thought that the error was of something else, and got over it.
        """
        if self._failure:
            raise self._failure
        if not connection.needs_rollback:
            self._let_go(*(() if self.is_durable else ("SET LOCAL synchronous_commit TO off",)), "COMMIT")

    def _let_go(self, *then: str) -> None:
        send, self._kept = self._kept, None
        if send is None:
            return
        try:
            send(then)
        except Exception as error:
            self._failure = error
            raise


def _ending() -> _Ending | None:
    """That of the function which has begun the transaction, unless an inner transaction runs."""
    if len(connection.atomic_blocks) != 1:
        return None
    return next((one for one in connection.execute_wrappers if isinstance(one, _Ending)), None)
