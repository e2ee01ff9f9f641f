"""A database with a person in every column that may hold one, and all that the database says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.utils import timezone

from appointments.models import Appointment, Customer, Departure, Push
from calcom.models import LegacyChange, LegacyRow, LegacyRun
from companies.models import Company, IdempotencyRecord, User
from companies.privacy.tables import Part, Table
from config.privacy.parts import PARTS
from tests.portal.factories import (
    AbsenceFactory,
    AppointmentFactory,
    AttendeeFactory,
    ChangeFactory,
    CustomerFactory,
    DeliveryFactory,
    HoldFactory,
    ServiceFactory,
    SyncRunFactory,
)

NAME, EMAIL, PHONE = "Isolde Wintermärz", "isolde.wintermaerz@example.com", "+4930987654"
SPELT = "030 / 98 76 54"
NOBODY_ELSE = ("isolde", "wintermärz", "wintermaerz", "987654", "98 76 54")
LONG_AGO = timedelta(days=400)

TEXT = f"{NAME}, {EMAIL.title()}, {SPELT}"
JSON = {
    "note": TEXT,
    "attendees": [{"name": "Isolde W.", "email": EMAIL, "phoneNumber": PHONE}, [NAME, "active", False]],
    EMAIL: True,
}


def past(company: Company, **more: Any) -> Appointment:
    """An appointment of more than a year ago."""
    return AppointmentFactory.create(company=company, starts_at=timezone.now() - LONG_AGO, **more)


class Everything:
    """A customer with an appointment of her own, and a seat in one that somebody else booked; everything names her."""

    def __init__(self, company: Company, user: User) -> None:
        self.company, self.user = company, user
        self.customer = CustomerFactory.create(company=company, name=NAME, email=EMAIL, phone=PHONE)
        self.other = CustomerFactory.create(company=company, name="Jo Sommer", email="jo@example.com")
        self.own = past(company, customer=self.customer, calcom_booking_uid="own-1")
        self.shared = past(company, customer=self.other, calcom_booking_uid="shared-1", is_seated=True)
        AttendeeFactory.create(appointment=self.own, customer=self.customer, name=NAME, email=EMAIL, phone=PHONE)
        AttendeeFactory.create(appointment=self.shared, name=NAME, email=EMAIL, phone=SPELT)
        AttendeeFactory.create(appointment=self.shared, customer=self.other, name="Jo Sommer", email="jo@example.com")
        self._around()
        self._brought_over()
        for part in PARTS.values():
            stuff(part)
        self._as_they_are()

    def _around(self) -> None:
        for row in (self.own, self.shared):
            ChangeFactory.create(appointment=row)
            Push.objects.create(
                company=self.company,
                appointment=row,
                operation="move",
                version=1,
                state="done",
                finished_at=timezone.now() - LONG_AGO,
            )
            DeliveryFactory.create(company=self.company, booking_uid=row.calcom_booking_uid)
        DeliveryFactory.create(company=self.company, trigger="FORM_SUBMITTED")
        Departure.objects.create(
            company=self.company, booking_uid="elsewhere", email=EMAIL, left_at=timezone.now() - LONG_AGO
        )
        HoldFactory.create(company=self.company)
        AbsenceFactory.create(company=self.company)
        ServiceFactory.create(company=self.company)
        SyncRunFactory.create(company=self.company)
        IdempotencyRecord.objects.create(
            company=self.company, caller="key:1", key=uuid4(), fingerprint=uuid4(), status=201
        )
        for one in (self.customer, self.own):
            kind = ContentType.objects.get_for_model(one)
            LogEntry.objects.create(user=self.user, content_type=kind, object_id=str(one.pk), action_flag=2)

    def _brought_over(self) -> None:
        run = LegacyRun.objects.create(company=self.company, kind=LegacyRun.Kind.DUMP)
        for kind, row in (("customer", self.customer), ("appointment", self.own), ("appointment", self.shared)):
            LegacyRow.objects.create(company=self.company, run=run, kind=kind, key=str(row.pk), object_id=row.pk)
            label = f"appointments.{kind}"
            LegacyChange.objects.create(company=self.company, run=run, model=label, object_id=row.pk, before={})

    def _as_they_are(self) -> None:
        """By these they are found: they stay what they are."""
        Customer.objects.filter(pk=self.customer.pk).update(name=NAME, email=EMAIL, phone=PHONE)
        other = {"name": "Jo Sommer", "email": "jo@example.com", "phone": ""}
        Customer.objects.filter(pk=self.other.pk).update(**other, language="de")
        self.shared.attendees.filter(customer=self.other).update(**other, locale="de", time_zone="Europe/Berlin")
        for attendee in (self.own.attendees.get(), self.shared.attendees.get(customer=None)):
            type(attendee).objects.filter(pk=attendee.pk).update(name=NAME, email=EMAIL, phone=PHONE)


def stuff(part: Part) -> None:
    """Put the person into every column of a table that is said to be dealt with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('slotkeeper.erasing', 'on', false)")
        for name in sorted(part.columns - _found_by(part)):
            part.model._base_manager.update(**{name: stuffing(part.model._meta.get_field(name))})
        cursor.execute("SELECT set_config('slotkeeper.erasing', 'off', false)")


def _found_by(part: Part) -> set[str]:
    """What must stay unique; it is put right afterwards."""
    is_contact = part.model.__name__ in {"Customer", "Attendee", "Departure"}
    return {"email", "phone"} if is_contact else set()


def stuffing(field: Any) -> Any:
    """The person, as this column can hold them."""
    if isinstance(field, models.JSONField):
        return JSON
    if isinstance(field, models.BinaryField):
        return json.dumps(JSON, ensure_ascii=False).encode()
    if field.name == "body":
        return json.dumps(JSON)
    length = field.max_length or 10_000
    return next((text for text in (TEXT, EMAIL, NAME) if len(text) <= length), NAME[:length])


def whole_database() -> dict[str, str]:
    """Everything that is stored, by table, as lower-case text."""
    told = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            columns = [
                f"encode({column.name}, 'escape')" if column.data_type == "bytea" else f"{column.name}::text"
                for column in _columns(cursor, table)
            ]
            cursor.execute(f'SELECT concat_ws(chr(10), {", ".join(columns)}) FROM "{table}"')
            told[table] = "\n".join(row for (row,) in cursor.fetchall()).lower()
    return told


def _columns(cursor: Any, table: str) -> list[Any]:
    cursor.execute(
        "SELECT quote_ident(column_name), data_type FROM information_schema.columns WHERE table_name = %s", [table]
    )
    return [_Column(name, kind) for name, kind in cursor.fetchall()]


class _Column:
    def __init__(self, name: str, data_type: str) -> None:
        self.name, self.data_type = name, data_type


def tables_naming_her() -> set[str]:
    """The tables in which anything is left of her."""
    return {table for table, text in whole_database().items() if any(trace in text for trace in NOBODY_ELSE)}


def covered() -> dict[str, set[str]]:
    """The columns that are dealt with, by model."""
    found: dict[str, set[str]] = {}
    for part in PARTS.values():
        extra = {"email"} if isinstance(part, Table) and part.is_deleted else set()
        found.setdefault(part.model._meta.label, set()).update(part.columns | extra)
    return found
