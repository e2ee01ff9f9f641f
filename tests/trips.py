"""What goes over the wire to the database: libpq tells it itself, whatever layers lie above."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def trips() -> Iterator[list[str]]:
    """The list holds afterwards what was sent in the block, one text for each round trip."""
    sent: list[str] = []
    connection.ensure_connection()
    raw = connection.connection.pgconn
    with tempfile.TemporaryFile("w+") as told:
        raw.trace(told.fileno())
        try:
            yield sent
        finally:
            raw.untrace()
            told.seek(0)
            sent += [line.split('"', 1)[1].rstrip('"\n') for line in told if "\tQuery\t" in line]
