"""Claiming: one worker has one Push, and each appointment has one Push on its way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy

from appointments import standing
from appointments.backend import backend_of
from appointments.backends import BackendNotConnected, BookingBackend
from appointments.bulk import Asking, Rows, Values, update_at_the_end
from appointments.models import Appointment, Push
from appointments.push import answers
from appointments.push.waits import LONGEST_CALL, LOOK_LEASE, ROOM_IN_TROUBLE, STUCK_AFTER, WITHOUT_CONNECTION
from appointments.wishes import wish_of
from appointments.wording import kept
from companies.models import Company
from companies.transactions import transactional

Operation, State, Trouble = Push.Operation, Push.State, Push.Trouble

_NOT_BACK = gettext_lazy("The worker that sent it has not come back.")
_CLAIMED = ("state", "attempts", "claimed_at", "next_at", "wanted")
_COMPANY = "id = (SELECT company_id FROM appointments_push WHERE id = %s AND finished_at IS NULL) AND is_active"
# How many of the company are on their way, and whether it is in trouble.
_ROOM = """
    SELECT count(*) FILTER (WHERE state = 'in_flight' AND claimed_at > %s AND id <> ALL(%s)),
           count(*) FILTER (WHERE state = 'unclear') > 0
        OR EXISTS (SELECT 1 FROM appointments_push trouble
                   WHERE trouble.company_id = (SELECT company_id FROM appointments_push WHERE id = %s)
                     AND trouble.state = 'pending' AND trouble.trouble IN ('unavailable', 'busy'))
    FROM appointments_push
    WHERE company_id = (SELECT company_id FROM appointments_push WHERE id = %s) AND state IN ('in_flight', 'unclear')
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


@transactional
def claim(push_id: int) -> Claim | None:
    """Claim a Push, or what has to go out before it.

    None where nothing of its appointment is due or it is gone, where no room is, and where the company has no
    connection: then it is kept for the time when there is one.
    """
    now = timezone.now()
    try:
        company, appointment, pushes, has_room = _locked(push_id, now=now)
    except Appointment.DoesNotExist:
        return None
    if company is None:
        return None
    try:
        backend = backend_of(company)
    except BackendNotConnected as error:
        _park(
            appointment,
            pushes,
            reason=str(error),
            until=now + WITHOUT_CONNECTION if company.calcom_api_key else None,
        )
        return None
    mine = _first_due(pushes, now=now)
    if mine is None or (mine.state == State.PENDING and not has_room):
        return None
    uid = wish_of(mine).uid or appointment.calcom_booking_uid
    if mine.state == State.UNCLEAR:
        mine.next_at = now + LOOK_LEASE
    else:
        _complete_wish(mine, appointment, backend)
        mine.state, mine.attempts, mine.claimed_at, mine.next_at = State.IN_FLIGHT, mine.attempts + 1, now, None
    standing.derive(appointment, pushes)
    update_at_the_end(([mine], _CLAIMED), ([appointment], standing.COLUMNS), asking=_asking(mine, appointment, backend))
    return Claim(mine, appointment, company, backend, mine.attempts, uid)


def _locked(push_id: int, *, now: datetime) -> tuple[Company | None, Appointment, list[Push], bool]:
    """The company, unless it is off or the Push is done; the appointment, locked; its pushes; whether there is room."""
    appointment, pushes, (companies, room) = standing.locked_for(
        push_id,
        Rows(Company, _COMPANY, (push_id,)),
        Values(_ROOM, (now - LONGEST_CALL, answers.kept(), push_id, push_id)),
    )
    ((flying, is_in_trouble),) = room
    has_room = flying < (ROOM_IN_TROUBLE if is_in_trouble else settings.PUSHES_AT_ONCE_PER_COMPANY)
    return next(iter(companies), None), appointment, pushes, has_room


def _park(appointment: Appointment, pushes: list[Push], *, reason: str, until: datetime | None) -> None:
    """Keep what waits for the time when there is a connection. Without a key nothing is tried meanwhile."""
    for one in pushes:
        if one.state == State.PENDING:
            one.trouble, one.error, one.next_at = Trouble.NOT_CONNECTED, reason, until
            one.save(update_fields=["trouble", "error", "next_at"])
        elif one.state == State.UNCLEAR:
            one.next_at = timezone.now() + WITHOUT_CONNECTION
            one.save(update_fields=["next_at"])
    standing.rederive(appointment, pushes)


def release_stuck() -> int:
    """Let pushes whose worker died be looked for. Returns how many."""
    before = timezone.now() - STUCK_AFTER
    stuck = Push.objects.filter(state=State.IN_FLIGHT, claimed_at__lt=before).order_by("pk")
    released = 0
    for pk, appointment_id in list(stuck.values_list("pk", "appointment_id")):
        with transaction.atomic():
            try:
                appointment = standing.locked(appointment_id)
            except Appointment.DoesNotExist:  # joined with another one just now
                continue
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


def _asking(push: Push, appointment: Appointment, backend: BookingBackend) -> Asking | None:
    """What the backend will need at once, of the event type that is booked, or moved."""
    if push.operation not in {Operation.CREATE, Operation.MOVE}:
        return None
    wanted = wish_of(push).event_type_id if push.operation == Operation.CREATE else appointment.calcom_event_type_id
    return None if wanted is None else backend.asking(wanted)


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
