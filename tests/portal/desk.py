"""What tests of the appointment desk need: appointments with pushes in any state, and addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from appointments import standing
from appointments.models import Appointment, Push
from appointments.models.appointment import Status
from appointments.wishes import State, Wish, stored
from companies.models import Company
from tests.portal.factories import AppointmentFactory, AttendeeFactory

LIST = "/admin/appointments/appointment/"
TOMORROW = timedelta(days=1)
NINE = datetime(2026, 12, 8, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
NOON = NINE + timedelta(hours=3)


def page(row: Appointment) -> str:
    return f"{LIST}{row.pk}/change/"


def address(row: Appointment, action: str) -> str:
    """Where the form of an action is, and is posted to."""
    return f"{LIST}{row.pk}/{action}/"


def form(row: Appointment, **values: Any) -> dict[str, Any]:
    """What the browser sends with a dialog of the page as it is now."""
    return {"_form_submitted": "True", "version": Appointment.objects.get(pk=row.pk).version, **values}


def said(answer: Any) -> list[str]:
    """The messages that an answer has left for the next page."""
    return [str(message) for message in get_messages(answer.wsgi_request)]


def buttons(client: Client, row: Appointment) -> set[str]:
    """The last parts of the buttons' addresses."""
    shown = client.get(page(row)).context["actions_detail"]
    return {entry["path"].split("?")[0].strip("/").split("/")[-1] for entry in shown}


def appointment(company: Company, *, begins: timedelta = TOMORROW, status: str = Status.CONFIRMED, **more: Any) -> Any:
    """An appointment that somebody attends, tomorrow."""
    starts_at = more.pop("starts_at", None) or (timezone.now() + begins).replace(second=0, microsecond=0)
    row = AppointmentFactory.create(company=company, status=status, told_status=status, starts_at=starts_at, **more)
    AttendeeFactory.create(appointment=row, name="Ada Kühn", customer=row.customer)
    return row


def pushed(row: Appointment, state: str, operation: str = Push.Operation.MOVE, **more: Any) -> Push:
    """A change of the appointment that is on its way, as far as `state`."""
    row.version += 1
    was = State(starts_at=NINE, ends_at=NINE + timedelta(minutes=45), status=Status.CONFIRMED, uid="b1")
    wish = Wish(starts_at=row.starts_at, ends_at=row.ends_at, was=was)
    push = Push.objects.create(
        company=row.company,
        appointment=row,
        operation=operation,
        version=row.version,
        state=state,
        **({"wanted": wish.as_json()} | more),
    )
    standing.derive(row, [push])
    row.save()
    return push


def in_conflict(company: Company, uid: str = "b1") -> Appointment:
    """Moved here from nine to ten, and there to noon."""
    row: Appointment = appointment(company, starts_at=TEN, calcom_booking_uid=uid)
    theirs = State(starts_at=NOON, ends_at=NOON + timedelta(minutes=45), status=Status.CONFIRMED, as_of=timezone.now())
    pushed(row, Push.State.CONFLICT, told=stored(theirs))
    return row
