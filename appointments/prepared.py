"""Statements that each connection to the database prepares once, several of them in one trip.

PostgreSQL takes longer to plan such a statement than to run it. psycopg can prepare too, but sends one statement in a
trip; so they are prepared and executed by SQL's PREPARE and EXECUTE, which Django's usual cursors send together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import DatabaseError
from django.db.backends.utils import CursorWrapper
from psycopg.pq import TransactionStatus

# What the process prepares has a number, on whichever connection; the rest of its name tells whoever watches.
_numbers = count(1)
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+\"?(\w+)")
# It is not known any more (somebody discarded it), or does not fit any more (a migration has changed a column).
LOST = {"26000", "0A000"}
# The names of what is prepared, by its text.
_prepared: WeakKeyDictionary[psycopg.Connection[Any], dict[str, str]] = WeakKeyDictionary()


def execute(cursor: CursorWrapper, *wanted: tuple[str, Sequence[Any]], then: Sequence[str] = ()) -> None:
    """Run statements with their parameters, a %s for each; the cursor stands at the first one's result then.

    Their texts must be few: whatever is prepared stays until the connection ends. `then` is run after them. Where a
    transaction is to begin, it begins in the same trip.
    """
    prepared = _prepared.setdefault(cursor.connection, {})
    fresh = {text: _name(text) for text, _ in wanted if text not in prepared}
    names = prepared | fresh if fresh else prepared
    calls = [_calling(names[text], len(params)) for text, params in wanted]
    beginning = _beginning(cursor.connection)
    before = [*beginning, *(_preparing(text, name) for text, name in fresh.items())]
    try:
        cursor.execute("; ".join([*before, *calls, *then]), [value for _, params in wanted for value in params])
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", None) in LOST:
            _prepared.pop(cursor.connection, None)
        raise
    finally:
        if beginning:
            # As if psycopg had begun it. The public setter refuses to be asked within a transaction.
            cursor.connection._autocommit = False
    # Only now: where one of them failed, nobody knows which of the names exist, and they are not used again.
    prepared |= fresh
    for _ in before:
        cursor.cursor.nextset()


def _beginning(connection: psycopg.Connection[Any]) -> list[str]:
    """BEGIN, where psycopg would send it now in a trip of its own: for that trip it is told that nothing has to begin.

    A transaction of another kind than usual is left to psycopg.
    """
    if connection.autocommit or connection.pgconn.transaction_status != TransactionStatus.IDLE:
        return []
    if (connection.isolation_level, connection.read_only, connection.deferrable) != (None, None, None):
        return []
    connection.autocommit = True
    return ["BEGIN"]


def _name(text: str) -> str:
    """Such as update_appointments_push_12; no more than 63 signs count."""
    verb, table = text.split(maxsplit=1)[0].lower(), _TABLE.search(text)
    return f"{verb}_{table[1] if table else 'nothing'}"[:50] + f"_{next(_numbers)}"


def _calling(name: str, parameters: int) -> str:
    return f"EXECUTE {name}({', '.join(['%s'] * parameters)})" if parameters else f"EXECUTE {name}"


def _preparing(text: str, name: str) -> str:
    first, *others = text.split("%s")
    numbered = "".join(f"${number}{part}" for number, part in enumerate(others, start=1))
    return f"PREPARE {name} AS {first}{numbered}"
