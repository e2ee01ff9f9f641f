"""Writing what was found: for a batch one COPY into a temporary table and one UPDATE … FROM, whatever its size.

Rows that somebody has touched since they were read are left as they are; whoever calls reads them again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy

from appointments.bulk import insert, update
from appointments.models import AppointmentChange, Attendee
from appointments.models.history import Side
from appointments.wording import kept
from calcom.payloads.people import ATTENDEE_COLUMNS, People
from calcom.payloads.rows import COLUMNS, JSON_COLUMNS, Row

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

    from companies.models import Company

Action = AppointmentChange.Action

_REASON = gettext_lazy("Taken from what was stored of the booking.")
_TABLE = "extracted_from_payloads"
_TYPES = dict.fromkeys(JSON_COLUMNS, "jsonb") | {
    "calcom_host_id": "bigint",
    "customer_id": "bigint",
    "is_recurring": "boolean",
    "is_seated": "boolean",
}
_CREATE = f"""
    CREATE TEMPORARY TABLE IF NOT EXISTS {_TABLE}
    (id bigint, seen xid, version_up integer, news jsonb, {", ".join(f"{n} {_TYPES.get(n, 'text')}" for n in COLUMNS)})
    ON COMMIT DELETE ROWS
"""
_COPY = f"COPY {_TABLE} (id, seen, version_up, news, {', '.join(COLUMNS)}) FROM STDIN"
_COPY_ATTENDEES = f"COPY {Attendee._meta.db_table} ({', '.join(ATTENDEE_COLUMNS)}) FROM STDIN"
_UPDATE = f"""
    UPDATE appointments_appointment AS row
    SET news = coalesce(new.news, row.news), version = row.version + new.version_up, updated_at = statement_timestamp(),
        {", ".join(f"{name} = coalesce(new.{name}, row.{name})" for name in COLUMNS)}
    FROM {_TABLE} AS new
    WHERE row.id = new.id AND row.xmin = new.seen AND row.company_id = %s
    RETURNING row.id
"""  # noqa: S608 - names of columns
_ATTENDEE_UPDATED = [field.name for field in Attendee._meta.concrete_fields if field.name not in {"id", "company"}]
# The history's words for columns, as appointments.inbound.entry.tracked has them.
_IN_HISTORY = {"location_value": "location", "responses": "answers", "recording_url": "recording"}


@contextmanager
def workbench() -> Iterator[None]:
    """The temporary table, for as long as the block lasts."""
    with connection.cursor() as cursor:
        cursor.execute(_CREATE)
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {_TABLE}")


def write(company: Company, rows: Sequence[Row], found: Mapping[int, People]) -> set[int]:
    """Write the rows with changes and their attendees. Returns the ids of those that took them.

    Runs in the caller's transaction.
    """
    if not rows:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {_TABLE}")  # noqa: S608 - a commit has emptied it, unless this is within one
        _copy_in(cursor, _COPY, (_record(row) for row in rows))
        cursor.execute(_UPDATE, [company.pk])
        taken = {pk for (pk,) in cursor.fetchall()}
    _write_people([people for pk, people in found.items() if pk in taken])
    insert([_line(company, row) for row in rows if row.replaced and row.pk in taken])
    return taken


def _record(row: Row) -> list[Any]:
    """None where a column stays what it is."""
    values = (_plain(row.changes[name]) if name in row.changes else None for name in COLUMNS)
    news = json.dumps(row.news) if row.has_new_news else None
    return [row.pk, row.seen, int(bool(row.replaced)), news, *values]


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


def _write_people(found: Collection[People]) -> None:
    if removed := [pk for people in found for pk in people.removed_ids]:
        Attendee.objects.filter(pk__in=removed).delete()
    update([attendee for people in found for attendee in people.changed], _ATTENDEE_UPDATED)
    new = [[_plain(value) for value in one.values()] for people in found for one in people.new]
    if new:
        with connection.cursor() as cursor:
            _copy_in(cursor, _COPY_ATTENDEES, new)


def _copy_in(cursor: CursorWrapper, statement: str, records: Iterable[list[Any]]) -> None:
    with connection.wrap_database_errors, cursor.copy(statement) as copy:  # Django does not wrap what a COPY raises
        for record in records:
            copy.write_row(record)


def _line(company: Company, row: Row) -> AppointmentChange:
    """In the history stands what was put in another value's place. That a gap was filled is no change."""
    return AppointmentChange(
        company_id=company.pk,
        appointment_id=row.pk,
        action=Action.ATTENDEES if set(row.replaced) == {"attendees"} else Action.UPDATED,
        side=Side.SYSTEM,
        occurred_at=timezone.now(),
        reason=kept(_REASON),
        details={_IN_HISTORY.get(name, name): values for name, values in row.replaced.items()},
    )
