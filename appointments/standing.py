"""How an appointment stands with the booking backend: it follows from its open pushes, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from appointments.bulk import Rows, Values, first, read, read_together, update
from appointments.models import Appointment, Push
from appointments.models.appointment import Status, SyncStatus

State, Trouble = Push.State, Push.Trouble

# The first that is found among the open pushes is what people have to know.
_GRAVEST = (State.CONFLICT, State.NEEDS_STAFF, State.UNCLEAR, State.IN_FLIGHT, State.PENDING)
# Among an appointment's news: since when the backend does not know its booking any more.
ORPHAN = "orphan"
_PUSHED = "(SELECT appointment_id FROM appointments_push WHERE id = %s)"
COLUMNS = ("sync_status", "sync_error", "sync_attempts")
WITH_PUSHES = frozenset(
    {
        SyncStatus.NOT_CONNECTED,
        SyncStatus.PENDING,
        SyncStatus.IN_FLIGHT,
        SyncStatus.UNCLEAR,
        SyncStatus.NEEDS_STAFF,
        SyncStatus.CONFLICT,
    }
)
"""What an appointment with open pushes may say; none of these without one."""


def derive(appointment: Appointment, pushes: Iterable[Push]) -> None:
    """Set the sync columns from all pushes that are open. The caller holds the appointment's lock, and saves."""
    present = [push for push in pushes if push.is_open]
    if is_orphaned(appointment) and not present:
        appointment.sync_status, appointment.sync_error, appointment.sync_attempts = SyncStatus.ORPHANED, "", 0
        return
    decisive = min(present, key=_gravity, default=None)
    if decisive is None:
        known = bool(appointment.calcom_booking_uid)
        appointment.sync_status = SyncStatus.SYNCED if known else SyncStatus.NOT_APPLICABLE
        appointment.sync_error, appointment.sync_attempts = "", 0
        return
    is_parked = decisive.state == State.PENDING and decisive.trouble == Trouble.NOT_CONNECTED
    appointment.sync_status = SyncStatus.NOT_CONNECTED if is_parked else SyncStatus(decisive.state)
    appointment.sync_error, appointment.sync_attempts = decisive.error, decisive.attempts


def _gravity(push: Push) -> tuple[int, bool, int]:
    """What decides comes first; of what is equally grave a booking there that nobody wants, then the oldest."""
    return _GRAVEST.index(State(push.state)), not push.is_compensation, push.version


def is_orphaned(appointment: Appointment) -> bool:
    """Whether the backend does not know the booking any more, and it is not off here either.

    Staff have two ways out: cancel it, or book it again (see appointments.booking.again).
    """
    is_lost = ORPHAN in appointment.news or appointment.sync_status == SyncStatus.ORPHANED
    return is_lost and appointment.status not in {Status.CANCELLED, Status.REJECTED}


def lose(appointment: Appointment) -> None:
    """The backend has said that it does not know the booking. The caller holds the lock, and saves."""
    appointment.news[ORPHAN] = [1, 0, _text(timezone.now()), 0]
    appointment.requires_manual_review |= is_orphaned(appointment)


def regain(appointment: Appointment) -> None:
    """It is there after all, or another booking has taken its place. The caller holds the lock, derives and saves."""
    appointment.news.pop(ORPHAN, None)
    if appointment.sync_status == SyncStatus.ORPHANED:
        appointment.sync_status = SyncStatus.SYNCED


def hear(appointment: Appointment, as_of: datetime | None) -> None:
    """There was news of the current booking: what came about after it was missed proves that it is there."""
    lost = appointment.news.get(ORPHAN)
    if lost is not None and as_of is not None and _text(as_of) > lost[2]:
        regain(appointment)


def locked(appointment_id: int) -> Appointment:
    """The appointment, nobody else's until the end of the transaction. Raises Appointment.DoesNotExist."""
    row = first(Appointment, "id = %s FOR UPDATE", appointment_id)
    if row is None:
        raise Appointment.DoesNotExist(f"appointment {appointment_id}")
    return row


def locked_for(push_id: int, *besides: Rows[Any] | Values) -> tuple[Appointment, list[Push], list[list[Any]]]:
    """The appointment that a Push belongs to by now, locked likewise, its open pushes in their order, and what is asked
    for besides, which is read in the same trip.

    Raises Appointment.DoesNotExist.
    """
    for _attempt in range(2):  # where there is none, its appointment and another one were joined in this very moment
        found, pushes, *others = read_together(
            Rows(Appointment, f"id = {_PUSHED} FOR UPDATE", (push_id,)),
            Rows(Push, f"appointment_id = {_PUSHED} AND finished_at IS NULL ORDER BY version", (push_id,)),
            *besides,
        )
        if found:
            return found[0], pushes, others
    raise Appointment.DoesNotExist(f"the appointment of push {push_id}")


def open_pushes(appointment_id: int) -> list[Push]:
    """The pushes of one appointment that are not finished, in their order."""
    return read(Push, "appointment_id = %s AND finished_at IS NULL ORDER BY version", appointment_id)


def rederive(appointment: Appointment, pushes: Iterable[Push]) -> None:
    """derive(), and save those columns if they changed."""
    before = [getattr(appointment, name) for name in COLUMNS]
    derive(appointment, pushes)
    if before != [getattr(appointment, name) for name in COLUMNS]:
        update([appointment], COLUMNS)


def _text(moment: datetime) -> str:
    """Of fixed width, in UTC: it is compared as text."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"
