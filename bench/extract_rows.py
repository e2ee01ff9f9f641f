"""Appointments of which only the payload is known, written by SQL; and the same data moved by COPY and UPDATE alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection

from calcom.payloads.rows import COLUMNS, JSON_COLUMNS
from companies.models import Company
from config.demo import bodies
from config.demo.booking import Booking, Host, Offer, Person, Place

_PEOPLE = 20_000
_MARK = "4711471147"
_STARTS_AT = datetime(2030, 1, 7, 9, tzinfo=UTC)
_TABLES = "appointments_appointmentchange, appointments_attendee, appointments_appointment, appointments_customer"

_CUSTOMERS = """
INSERT INTO appointments_customer (company_id, uuid, name, email, phone, language, notes, created_at)
SELECT %(company)s, gen_random_uuid(), 'Karla Kundin ' || n, 'karla.' || n || '@example.com', '', 'de', '', now()
FROM generate_series(1, %(people)s) AS n"""

# As an import leaves them. One of ten payloads is JSON in a text in a text, as the predecessor kept them.
_APPOINTMENTS = """
INSERT INTO appointments_appointment (
    company_id, uuid, reference, customer_id, title, starts_at, ends_at, booking_time_zone, status, told_status, source,
    sync_origin, calcom_booking_uid, ical_uid, responses, booking_metadata, hosts, payload, location_type,
    location_value, meeting_url, recording_url, is_seated, is_recurring, recurring_event_id, cancellation_reason,
    rejected_reason, cancelled_by, rescheduled_by, reschedule_count, booked_currency, booked_service_name,
    booked_staff_name, booked_customer_name, sync_status, sync_attempts, sync_error, requires_manual_review,
    is_double_booked, version, news, created_at, updated_at)
SELECT %(company)s, gen_random_uuid(), gen_random_uuid(), people[1 + n %% cardinality(people)], 'Schnitt',
    now() + n * interval '10 minutes', now() + n * interval '10 minutes' + interval '30 minutes', 'Europe/Berlin',
    'confirmed', 'confirmed', 'import', 'system', 'uid' || n, '', '{}', '{}', '[]',
    CASE WHEN n %% 10 = 0 THEN to_jsonb(to_jsonb(body)::text) ELSE body::jsonb END,
    '', '', '', '', false, false, '', '', '', '', '', 0, 'EUR', 'Schnitt', 'Stylist', 'Karla Kundin', 'synced', 0, '',
    false, false, 1, '{}', now(), now()
FROM (SELECT n, replace(%(body)s, %(mark)s, n::text) AS body FROM generate_series(1, %(rows)s) AS n) AS numbers,
    (SELECT array_agg(id) AS people FROM appointments_customer WHERE company_id = %(company)s) AS customers"""

_FILLED = tuple(name for name in COLUMNS if name not in {"is_seated", "customer_id", "booked_customer_name"})
_ATTENDEE = (
    "company_id, appointment_id, customer_id, position, name, email, phone, time_zone, locale, is_guest, state, "
    "as_of, seat_uid, leaving_reason, responses, no_show, no_show_as_of"
)
_OUT = """
COPY (SELECT id, xmin, calcom_booking_uid, starts_at, ends_at, status, news, payload
      FROM appointments_appointment ORDER BY id) TO STDOUT"""


def write(company: Company, rows: int) -> None:
    """So many appointments and nothing else, as after a restart: all on disk, the planner knows the tables."""
    numbers: dict[str, int | str] = {
        "company": company.pk,
        "people": _PEOPLE,
        "rows": rows,
        "body": json.dumps(_body()),
        "mark": _MARK,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {_TABLES} RESTART IDENTITY CASCADE")
        cursor.execute(_CUSTOMERS, numbers)
        cursor.execute(_APPOINTMENTS, numbers)
        cursor.execute("VACUUM ANALYZE appointments_appointment")
        cursor.execute("ANALYZE appointments_customer")
        cursor.execute("CHECKPOINT")


def _body() -> dict[str, Any]:
    """A payload of 2.1 kB; the mark stands where one booking differs from another."""
    booking = Booking(
        uid=f"uid{_MARK}",
        number=int(_MARK),
        offer=Offer(id=7101, title="Schnitt", minutes=30),
        host=Host(id=11, name="Stylist", email="stylist@example.com"),
        starts_at=_STARTS_AT,
        people=(Person(name=f"Karla Kundin {_MARK}", email=f"karla.{_MARK}@example.com", phone="+4930901820"),),
        place=Place(kind="inPerson", text=f"Musterstraße {_MARK}, 10115 Berlin"),
        answers={"wunsch": ("Wünsche", f"kurz & „glatt“ {_MARK}")},
    )
    body: dict[str, Any] = bodies.created(booking, sent_at=_STARTS_AT)["payload"]
    return body | {"metadata": {"shop": _MARK}}


def keep_extracted(directory: Path) -> None:
    """Into files: what the extraction wrote, for bare statements to write again."""
    columns = ", ".join(_FILLED)
    _copy_out(
        f"COPY (SELECT id, news, {columns} FROM appointments_appointment ORDER BY id) TO STDOUT", directory / "rows"
    )
    _copy_out(f"COPY (SELECT {_ATTENDEE} FROM appointments_attendee ORDER BY id) TO STDOUT", directory / "attendees")


def move_bare(directory: Path) -> None:
    """The limit: everything out in one COPY, and in by one COPY and one UPDATE; the attendees by another COPY."""
    _copy_out(_OUT, directory / "out")
    types = "".join(f", {name} {'jsonb' if name in JSON_COLUMNS else 'text'}" for name in _FILLED)
    types = types.replace("calcom_host_id text", "calcom_host_id bigint").replace(
        "is_recurring text", "is_recurring bool"
    )
    changes = ", ".join(f"{name} = new.{name}" for name in ("news", *_FILLED))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE bare (id bigint, news jsonb{types})")
        _copy_in("COPY bare FROM STDIN", directory / "rows")
        cursor.execute(
            f"UPDATE appointments_appointment AS row SET {changes}, updated_at = now() FROM bare AS new"
            " WHERE row.id = new.id"
        )
        _copy_in(f"COPY appointments_attendee ({_ATTENDEE}) FROM STDIN", directory / "attendees")
        cursor.execute("DROP TABLE bare")


def _copy_out(statement: str, file: Path) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy, file.open("wb") as output:
        for block in copy:
            output.write(block)


def _copy_in(statement: str, file: Path) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy, file.open("rb") as source:
        while block := source.read(1 << 16):
            copy.write(block)
