"""Which buttons an appointment has now: what the use cases would not refuse anyway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils import timezone

from appointments import standing
from appointments.booking import Action, possible
from appointments.models import Appointment, Push
from appointments.models.appointment import SyncStatus

State = Push.State


def offered(appointment: Appointment, pushes: Sequence[Push]) -> set[str]:
    """Names of the page's actions (see appointments.admin.desk). `pushes`: those that are open, in their order."""
    return {*_changes(appointment, pushes), *_decisions(appointment, pushes)}


def _changes(appointment: Appointment, pushes: Sequence[Push]) -> Iterator[str]:
    now = timezone.now()
    allowed = possible(appointment.status)
    if Action.CANCEL in allowed and appointment.ends_at > now:
        yield "cancel_one"
    if Action.COMPLETE in allowed and appointment.starts_at <= now:
        yield "complete_one"
    if any(push.state == State.CONFLICT for push in pushes):
        return  # both sides have changed it: first somebody has to decide
    if Action.RESCHEDULE in allowed and appointment.ends_at > now:
        yield "move_one"
    if Action.CONFIRM in allowed:
        yield "confirm_one"
    if Action.DECLINE in allowed:
        yield "decline_one"
    if Action.MARK_NO_SHOW in allowed and appointment.starts_at <= now:
        yield "mark_absent"


def _decisions(appointment: Appointment, pushes: Sequence[Push]) -> Iterator[str]:
    states = {push.state for push in pushes}
    if _is_lost(appointment) and not any(push.is_on_its_way for push in pushes):
        yield "book_again"
    if State.CONFLICT in states:
        yield "decide"
    if State.NEEDS_STAFF in states:
        yield "try_again"
    elif states & {State.PENDING, State.UNCLEAR} and appointment.sync_status != SyncStatus.IN_FLIGHT:
        yield "send_now"
    first = next((push for push in pushes if not push.is_compensation), None)
    if first is None or first.state != State.NEEDS_STAFF:
        return
    if first.operation != Push.Operation.CREATE or appointment.starts_at <= timezone.now():
        yield "drop_change"


def _is_lost(appointment: Appointment) -> bool:
    """The backend does not know it any more, and it is still to come."""
    is_to_come = Action.CANCEL in possible(appointment.status) and appointment.starts_at > timezone.now()
    return is_to_come and standing.is_orphaned(appointment)
