"""Reading and writing rows in one statement each, without Django's SQL compiler.

For a model of fifty columns Django takes longer to make a statement than PostgreSQL to run it: half a millisecond for
each of the dozen that one Push needs. And for many rows bulk_create sends an array for each column, of which psycopg
escapes every JSON member in Python; plain VALUES need a placeholder for each of seven thousand values. Here a statement
is made once in a process, the rows travel as one JSON text, which both ends read and write in C, and what does not
depend on each other goes in one trip: psycopg's client cursors, Django's usual ones, allow several statements at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Generic, TypeAlias, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.backends.utils import CursorWrapper

from appointments import prepared
from companies.transactions import at_the_end

M = TypeVar("M", bound=models.Model)

# What these hold goes as it stands: to ask the field for it takes longer than all the rest.
_PLAIN = {
    models.BigIntegerField,
    models.BooleanField,
    models.CharField,
    models.ForeignKey,
    models.IntegerField,
    models.JSONField,
    models.PositiveIntegerField,
    models.TextField,
}
_Field: TypeAlias = "models.Field[Any, Any]"
_Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class Rows(Generic[M]):
    """Whole rows of a model that are wanted; `rest` is what follows WHERE, with a %s for each of `params`."""

    model: type[M]
    rest: str
    params: tuple[Any, ...]

    @property
    def statement(self) -> str:
        """The query."""
        return _reading(self.model)[1] + self.rest

    def made_of(self, fetched: Iterable[Sequence[Any]]) -> list[M]:
        """The instances."""
        names, _select, converters = _reading(self.model)
        found = []
        for values in map(list, fetched):
            for place, convert in converters:
                values[place] = convert(values[place])
            found.append(self.model.from_db(DEFAULT_DB_ALIAS, names, values))
        return found


@dataclass(frozen=True)
class Values:
    """Plain tuples that are wanted: a whole SELECT, with a %s for each of `params`."""

    statement: str
    params: tuple[Any, ...]

    @staticmethod
    def made_of(fetched: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
        """The tuples."""
        return list(fetched)


@dataclass(frozen=True)
class Asking:
    """Queries for whoever goes to the database anyway; `take` is called with what each has found.

    It must not fail: by then everything may be committed.
    """

    wanted: tuple[Rows[Any] | Values, ...]
    take: Callable[..., None]

    def ask(self) -> None:
        """For whom nobody went."""
        self.take(*read_together(*self.wanted))


def read(model: type[M], rest: str, *params: Any) -> list[M]:
    """Whole rows of a model; `rest` is what follows WHERE, with a %s for each parameter."""
    (found,) = read_together(Rows(model, rest, params))
    return found


def read_together(*wanted: Rows[Any] | Values) -> list[list[Any]]:
    """Several such queries, one after the other, in one trip to the database."""
    with connection.cursor() as cursor:
        prepared.execute(cursor, *((one.statement, one.params) for one in wanted))
        return _found(cursor, wanted)


def _found(cursor: CursorWrapper, wanted: Iterable[Rows[Any] | Values]) -> list[list[Any]]:
    """What the cursor stands at, and what follows. It is here already: psycopg's own cursor is quicker to read it."""
    found = []
    for one in wanted:
        found.append(one.made_of(cursor.cursor.fetchall()))
        cursor.cursor.nextset()
    return found


def first(model: type[M], rest: str, *params: Any) -> M | None:
    """The first of such rows, if there is one."""
    return next(iter(read(model, rest, *params)), None)


def insert(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model, and give them their primary keys. No signals, like bulk_create."""
    if not rows:
        return
    fields, statement = _inserting(type(rows[0]))
    with connection.cursor() as cursor:
        prepared.execute(cursor, (statement, [_as_json(rows, fields, is_new=True)]))
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = pk
            row._state.adding = False


def update(rows: Sequence[models.Model], names: Iterable[str]) -> None:
    """Save these fields of known rows of one model. No signals, like bulk_update."""
    update_together((rows, names))


def update_together(*changes: tuple[Sequence[models.Model], Iterable[str]]) -> None:
    """The same for several models, one after the other, in one trip to the database."""
    _send(_changes(changes))


def update_at_the_end(*changes: tuple[Sequence[models.Model], Iterable[str]], asking: Asking | None = None) -> None:
    """The same, as the rows are now, in one trip with the COMMIT if nothing else is asked before, and with `asking`.

    See companies.transactions.at_the_end().
    """
    at_the_end(partial(_send, _changes(changes), asking))


def _changes(changes: Iterable[tuple[Sequence[models.Model], Iterable[str]]]) -> list[tuple[str, list[str]]]:
    wanted = []
    for rows, names in changes:
        if rows:
            fields, statement = _updating(type(rows[0]), tuple(names), is_one=len(rows) == 1)
            wanted.append((statement, [_as_json(rows, fields, is_new=False)]))
    return wanted


def _send(changes: Sequence[tuple[str, list[str]]], asking: Asking | None = None, then: Sequence[str] = ()) -> None:
    asked = asking.wanted if asking else ()
    if not changes and not asked:
        return
    with connection.cursor() as cursor:
        prepared.execute(cursor, *changes, *((one.statement, one.params) for one in asked), then=then)
        for _change in changes:
            cursor.cursor.nextset()
        found = _found(cursor, asked)
    if asking:
        asking.take(*found)


@cache
def _reading(model: type[models.Model]) -> tuple[list[str], str, list[tuple[int, _Convert]]]:
    fields = model._meta.concrete_fields
    columns = ", ".join(_quoted(field.column) for field in fields)
    converters = [(place, convert) for place, field in enumerate(fields) for convert in _converters(field)]
    names = [field.attname for field in fields]
    return names, f"SELECT {columns} FROM {_quoted(model._meta.db_table)} WHERE ", converters  # noqa: S608 - no values


@cache
def _inserting(model: type[models.Model]) -> tuple[list[_Field], str]:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key and not field.generated]
    table, columns = _quoted(model._meta.db_table), ", ".join(_quoted(field.column) for field in fields)
    source = f"json_populate_recordset(NULL::{table}, %s)"
    return fields, f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {source} RETURNING id"  # noqa: S608 - names


@cache
def _updating(model: type[models.Model], names: tuple[str, ...], *, is_one: bool) -> tuple[list[_Field], str]:
    """PostgreSQL takes a set for a hundred rows, and may go through the whole table for them: one is told as one."""
    fields = [field for field in model._meta.concrete_fields if field.name in names]
    table, columns = _quoted(model._meta.db_table), [_quoted(field.column) for field in fields]
    changes = ", ".join(f"{column} = new.{column}" for column in columns)
    one = f"SELECT * FROM json_populate_recordset(NULL::{table}, %s) LIMIT 1"  # noqa: S608 - names
    source = f"({one}) AS new" if is_one else f"json_populate_recordset(NULL::{table}, %s) AS new"
    statement = f"UPDATE {table} SET {changes} FROM {source} WHERE {table}.id = new.id"  # noqa: S608 - names
    return [model._meta.pk, *fields], statement


def _converters(field: _Field) -> list[_Convert]:
    """What makes Python's value of the column's."""
    column = field.get_col(field.model._meta.db_table)

    def bound(convert: Callable[..., Any]) -> _Convert:
        return lambda value: convert(value, column, connection)

    return [bound(convert) for convert in field.get_db_converters(connection)]


def _as_json(rows: Sequence[models.Model], fields: Sequence[_Field], *, is_new: bool) -> str:
    records = [{field.column: _plain(field, row, is_new=is_new) for field in fields} for row in rows]
    return json.dumps(records, default=str)


def _plain(field: _Field, row: models.Model, *, is_new: bool) -> Any:
    """The column's value as JSON can carry it: as it is, or as PostgreSQL reads its text."""
    if type(field) in _PLAIN:
        return getattr(row, field.attname)
    value = field.pre_save(row, add=is_new)
    return field.get_db_prep_save(value, connection)


def _quoted(name: str | None) -> str:
    return connection.ops.quote_name(str(name))
