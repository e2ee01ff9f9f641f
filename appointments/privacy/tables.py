"""The appointment book's tables with personal data, each with what stands there after an erasure."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, F, Func, Q, TextField, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from appointments.models import (
    Absence,
    Appointment,
    AppointmentChange,
    Attendee,
    Customer,
    Departure,
    Hold,
    Push,
    Service,
)
from appointments.models.history import Side
from companies.privacy.expressions import OnlyKeys, WithoutPath
from companies.privacy.redaction import ERASED
from companies.privacy.tables import Table

CANCELLED_ON_REQUEST = _("Cancelled at the customer's request.")

# What says nothing about who it was: of a change, of what a Push wants, and of what the other side told.
_CHANGE_KEYS = ("status", "starts_at", "ends_at", "staff", "service", "branch")
_WISH_KEYS = (
    "starts_at",
    "ends_at",
    "length_min",
    "event_type_id",
    "from_uid",
    "uid",
    "seat_uid",
    "was",
)
_STATE_KEYS = ("starts_at", "ends_at", "status", "uid", "as_of", "status_stamp")
_REASONS = ("cancellation_reason", "rejected_reason")


def _wish() -> Func:
    """What a Push wants, without whom and why: it can still be told that the booking is off."""
    wish: Func = OnlyKeys("wanted", _WISH_KEYS)
    for key in _REASONS:
        wish = WithoutPath(wish, ("was", key))
    return wish


def _reason() -> Case:
    """A cancellation has to give one."""
    given: Any = CANCELLED_ON_REQUEST  # translated when the statement runs
    is_cancellation = When(operation=Push.Operation.CANCEL, then=Value(given, output_field=TextField()))
    return Case(is_cancellation, default=Value(""), output_field=TextField())


def _actor() -> Case:
    """Who it was at the backend is the customer, or not known; who it was here is one of the company's."""
    return Case(When(side=Side.CALCOM, then=Value("")), default=F("actor_name"), output_field=TextField())


_APPOINTMENT: dict[str, Any] = {
    "title": "",
    "responses": {},
    "booking_metadata": {},
    "payload": {},
    "location_value": "",
    "meeting_url": "",
    "recording_url": "",
    "cancellation_reason": "",
    "rejected_reason": "",
    "cancelled_by": "",
    "rescheduled_by": "",
    "booked_customer_name": ERASED,
    "sync_error": "",
}
_ATTENDEE: dict[str, Any] = {
    "name": ERASED,
    "email": "",
    "phone": "",
    "time_zone": "",
    "locale": "",
    "leaving_reason": "",
    "responses": {},
}
_CUSTOMER: dict[str, Any] = {"name": ERASED, "email": "", "phone": "", "language": "", "notes": ""}

CUSTOMERS = Table(
    model=Customer,
    own=lambda person: Q(pk__in=person.customer_ids),
    blank=_CUSTOMER,
    mentions=("notes",),
    hidden=("sort_name",),
)
APPOINTMENTS = Table(
    model=Appointment,
    own=lambda person: Q(pk__in=person.own_ids),
    near=lambda person: Q(pk__in=person.shared_ids),
    blank=_APPOINTMENT,
    touch={"version": F("version") + 1, "updated_at": Now()},
    mentions=(*_APPOINTMENT, "hosts", "ical_uid"),
    hidden=("news", "told_status", "reference"),
)
ATTENDEES = Table(
    model=Attendee,
    own=lambda person: Q(pk__in=person.attendee_ids),
    near=lambda person: Q(appointment__in=person.shared_ids),
    blank=_ATTENDEE,
    mentions=("leaving_reason", "responses"),
    hidden=("no_show_as_of",),
)
CHANGES = Table(
    model=AppointmentChange,
    own=lambda person: Q(appointment__in=person.own_ids),
    near=lambda person: Q(appointment__in=person.shared_ids),
    blank={"actor_name": _actor(), "reason": "", "details": OnlyKeys("details", _CHANGE_KEYS)},
    mentions=("actor_name", "reason", "details"),
)
PUSHES = Table(
    model=Push,
    own=lambda person: Q(appointment__in=person.own_ids),
    near=lambda person: Q(appointment__in=person.shared_ids),
    blank={
        "wanted": _wish(),
        "told": OnlyKeys("told", _STATE_KEYS),
        "error": "",
        "reason": _reason(),
    },
    mentions=("wanted", "told", "error", "reason"),
    hidden=("reference",),
)
DEPARTURES = Table(model=Departure, own=lambda person: Q(email__in=person.contacts), is_deleted=True)
DEPARTURES_FROM = Table(model=Departure, own=lambda person: Q(booking_uid__in=person.uids), is_deleted=True)
HOLDS = Table(model=Hold, mentions=("holder",))
ABSENCES = Table(model=Absence, mentions=("note",))
SERVICES = Table(model=Service, mentions=("description",))
