"""Inserting many rows in one statement with one parameter.

Django's bulk_create sends an array for each column, and psycopg escapes every JSON member of an array in Python; plain
VALUES need a placeholder for each of seven thousand values. Here the rows travel as one JSON text, which both ends
read and write in C. Together with that, a hundred deliveries take 1.1 instead of 1.6 ms each of Python's time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def insert(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model, and give them their primary keys. No signals, like bulk_create."""
    if not rows:
        return
    meta = rows[0]._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key and not field.generated]
    quote = connection.ops.quote_name
    table, columns = quote(meta.db_table), ", ".join(quote(str(field.column)) for field in fields)
    records = [{field.column: _plain(field, row) for field in fields} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns}"  # noqa: S608 - names of our own tables
            f" FROM json_populate_recordset(NULL::{table}, %s) RETURNING id",
            [json.dumps(records, default=str)],
        )
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = pk
            row._state.adding = False


def _plain(field: models.Field[Any, Any], row: models.Model) -> Any:
    """The column's value as JSON can carry it: JSON as it is, anything else as PostgreSQL reads its text."""
    value = field.pre_save(row, add=True)
    return value if isinstance(field, models.JSONField) else field.get_db_prep_save(value, connection)
