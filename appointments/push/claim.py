"""Claiming: one worker has one Push, and each appointment has one Push on its way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy

from appointments import standing
from appointments.backends import BookingBackend
from appointments.bulk import update
from appointments.models import Appointment, Push
from appointments.push.waits import LONGEST_CALL, LOOK_LEASE, STUCK_AFTER, WITHOUT_CONNECTION
from appointments.wishes import wish_of
from appointments.wording import kept
from companies.models import Company

Operation, State, Trouble = Push.Operation, Push.State, Push.Trouble

# A company in trouble gets little room: its calls take long, and others wait for the same workers.
_ROOM_IN_TROUBLE = 2
_NOT_BACK = gettext_lazy("The worker that sent it has not come back.")
_CLAIMED = ("state", "attempts", "claimed_at", "next_at", "wanted")
_ROOM = """
    SELECT (SELECT count(*) FROM appointments_push
            WHERE company_id = %(company)s AND state = 'in_flight' AND claimed_at > %(since)s),
           EXISTS (SELECT 1 FROM appointments_push
                   WHERE company_id = %(company)s AND state = 'pending' AND trouble IN ('unavailable', 'busy'))
        OR EXISTS (SELECT 1 FROM appointments_push WHERE company_id = %(company)s AND state = 'unclear')
"""


@dataclass(frozen=True)
class Claim:
    """A Push that is ours until it is recorded; `attempt` proves it. `uid` is the booking it is about."""

    push: Push
    appointment: Appointment
    company: Company
    backend: BookingBackend
    attempt: int
    uid: str

    @property
    def is_look(self) -> bool:
        """Whether it may have been written already, and has to be looked for."""
        return self.push.state == State.UNCLEAR


def claim(push_id: int, company: Company, backend: BookingBackend) -> Claim | None:
    """Claim a Push, or what has to go out before it. None where nothing of its appointment is due, or no room is."""
    now = timezone.now()
    with transaction.atomic():
        appointment = standing.locked_for(push_id)
        pushes = standing.open_pushes(appointment.pk)
        mine = _first_due(pushes, now=now)
        if mine is None or (mine.state == State.PENDING and not _has_room(company.pk)):
            return None
        uid = wish_of(mine).uid or appointment.calcom_booking_uid
        if mine.state == State.UNCLEAR:
            mine.next_at = now + LOOK_LEASE
        else:
            _complete_wish(mine, appointment, backend)
            mine.state, mine.attempts, mine.claimed_at, mine.next_at = State.IN_FLIGHT, mine.attempts + 1, now, None
        update([mine], _CLAIMED)
        standing.rederive(appointment, pushes)
    return Claim(mine, appointment, company, backend, mine.attempts, uid)


def park(push_id: int, company: Company, *, reason: str) -> None:
    """Keep a Push for the time when the company has a connection. Without a key nothing is tried meanwhile."""
    with transaction.atomic():
        appointment = standing.locked_for(push_id)
        pushes = standing.open_pushes(appointment.pk)
        later = timezone.now() + WITHOUT_CONNECTION if company.calcom_api_key else None
        for one in pushes:
            if one.state == State.PENDING:
                one.trouble, one.error, one.next_at = Trouble.NOT_CONNECTED, reason, later
                one.save(update_fields=["trouble", "error", "next_at"])
        standing.rederive(appointment, pushes)


def release_stuck() -> int:
    """Let pushes whose worker died be looked for. Returns how many."""
    before = timezone.now() - STUCK_AFTER
    stuck = Push.objects.filter(state=State.IN_FLIGHT, claimed_at__lt=before).order_by("pk")
    released = 0
    for pk, appointment_id in list(stuck.values_list("pk", "appointment_id")):
        with transaction.atomic():
            appointment = standing.locked(appointment_id)
            released += Push.objects.filter(pk=pk, state=State.IN_FLIGHT, claimed_at__lt=before).update(
                state=State.UNCLEAR,
                trouble=Trouble.UNCLEAR,
                error=kept(_NOT_BACK),
                looks=0,
                next_at=F("claimed_at") + STUCK_AFTER,
            )
            standing.rederive(appointment, standing.open_pushes(appointment_id))
    return released


def _first_due(pushes: list[Push], *, now: datetime) -> Push | None:
    """What may go out next: what is unclear before all, then compensations, then the first wish."""
    on_its_way = [push for push in pushes if push.is_on_its_way]
    compensations = [push for push in pushes if push.is_compensation and push.state == State.PENDING]
    wishes = [push for push in pushes if not push.is_compensation][:1]
    first = next(iter(on_its_way or compensations or wishes), None)
    if first is None or first.state not in {State.PENDING, State.UNCLEAR}:
        return None
    return first if first.next_at is not None and first.next_at <= now else None


def _has_room(company_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_ROOM, {"company": company_id, "since": timezone.now() - LONGEST_CALL})
        flying, is_in_trouble = cursor.fetchone()
    return bool(flying < (_ROOM_IN_TROUBLE if is_in_trouble else settings.PUSHES_AT_ONCE_PER_COMPANY))


def _complete_wish(push: Push, appointment: Appointment, backend: BookingBackend) -> None:
    """What could not be known when it was wanted: the event type without a connection, the uid before a move."""
    wish = wish_of(push)
    if push.operation == Operation.CREATE and wish.event_type_id is None:
        offer = backend.offer(
            service_id=appointment.service_id or 0, branch_id=appointment.branch_id, staff_id=appointment.staff_id
        )
        push.wanted = replace(wish, event_type_id=offer.event_type_id if offer else None).as_json()
    if push.operation == Operation.MOVE:
        push.wanted = replace(wish, from_uid=appointment.calcom_booking_uid).as_json()
