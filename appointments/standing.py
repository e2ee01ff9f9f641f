"""How an appointment stands with the booking backend: it follows from its open pushes, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable

from appointments.models import Appointment, Push
from appointments.models.appointment import SyncStatus

State, Trouble = Push.State, Push.Trouble

# The first that is found among the open pushes is what people have to know.
_GRAVEST = (State.CONFLICT, State.NEEDS_STAFF, State.UNCLEAR, State.IN_FLIGHT, State.PENDING)
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
    decisive = min(present, key=lambda push: (_GRAVEST.index(State(push.state)), push.version), default=None)
    if decisive is None:
        known = bool(appointment.calcom_booking_uid)
        appointment.sync_status = SyncStatus.SYNCED if known else SyncStatus.NOT_APPLICABLE
        appointment.sync_error, appointment.sync_attempts = "", 0
        return
    is_parked = decisive.state == State.PENDING and decisive.trouble == Trouble.NOT_CONNECTED
    appointment.sync_status = SyncStatus.NOT_CONNECTED if is_parked else SyncStatus(decisive.state)
    appointment.sync_error, appointment.sync_attempts = decisive.error, decisive.attempts


def open_pushes(appointment_id: int) -> list[Push]:
    """The pushes of one appointment that are not finished, in their order."""
    return list(Push.objects.filter(appointment_id=appointment_id, finished_at__isnull=True).order_by("version"))


def rederive(appointment: Appointment, pushes: Iterable[Push]) -> None:
    """derive(), and save those columns if they changed."""
    before = [getattr(appointment, name) for name in COLUMNS]
    derive(appointment, pushes)
    if before != [getattr(appointment, name) for name in COLUMNS]:
        Appointment.objects.filter(pk=appointment.pk).update(**{name: getattr(appointment, name) for name in COLUMNS})
