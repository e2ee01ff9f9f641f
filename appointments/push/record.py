"""Recording what came of a call: the answer is applied like a webhook, in one transaction with the Push's state."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import standing
from appointments.backends import BackendError, BackendSlotTaken, BookingSnapshot, News
from appointments.inbound import apply_news
from appointments.inbound.echo import release
from appointments.inbound.entry import Entry
from appointments.models import Appointment, Push
from appointments.models.appointment import Status
from appointments.models.history import Side
from appointments.push.call import Looked
from appointments.push.claim import Claim
from appointments.push.queue import refold
from appointments.push.waits import LOOKS_AFTER, next_look, next_try
from appointments.transactions import transactional
from appointments.wishes import Wish, wish_of

logger = structlog.get_logger(__name__)

Operation, State, Trouble = Push.Operation, Push.State, Push.Trouble

_SENT = (State.IN_FLIGHT, State.UNCLEAR, State.CONFLICT)
_COLUMNS = ["state", "trouble", "error", "looks", "next_at", "finished_at", "wanted", "attempts", "created_at", "told"]


@transactional
def answer(claim: Claim, news: News) -> None:
    """The backend has done what was wanted, or something else."""
    if isinstance(news, BookingSnapshot) and (wrong := _what_is_wrong(claim, news)):
        _make_good(claim, news, wrong)
        return
    if not claim.push.is_compensation:
        applied = apply_news(claim.company, [news], places=claim.backend.places, answering=claim.push.pk)
        if claim.push.pk in applied.finished_pushes:
            return
    with _Locked(claim) as push:
        if push is not None and push.state in {State.IN_FLIGHT, State.UNCLEAR}:
            _finish(push)


@transactional
def looked(claim: Claim, found: Looked) -> None:
    """What a look has found is applied; what was not done is, after the second look, to be done again."""
    if found.news:
        answering = claim.push.pk if found.is_done else None
        apply_news(claim.company, found.news, places=claim.backend.places, answering=answering)
    with _Locked(claim) as push:
        if push is None or push.state != State.UNCLEAR:
            return
        if found.is_done:
            _finish(push)
            return
        now = timezone.now()
        push.looks += 1
        if push.looks < len(LOOKS_AFTER) and push.operation != Operation.MARK_ABSENT:
            push.next_at = now + LOOKS_AFTER[push.looks]
        else:
            push.state, push.trouble, push.next_at, push.looks = State.PENDING, "", now, 0


@transactional
def not_seen(claim: Claim, error: BackendError) -> None:
    """The look failed: it stays unclear, and is looked for again, less and less often, for a day."""
    now = timezone.now()
    with _Locked(claim) as push:
        if push is None or push.state != State.UNCLEAR:
            return
        push.error, push.trouble = str(error), Trouble.UNCLEAR
        push.next_at = next_look(push, now=now, retry_at=error.retry_at)
        if push.next_at is None:
            _leave_to_staff(push)


@transactional
def not_done(claim: Claim, error: BackendError, trouble: Push.Trouble) -> None:
    """Nothing was done: try again later, or leave it to staff after a day."""
    now = timezone.now()
    with _Locked(claim) as push:
        if push is None or push.state not in {State.IN_FLIGHT, State.UNCLEAR}:
            return
        push.error, push.trouble = str(error), trouble
        push.state, push.next_at = State.PENDING, next_try(push, now=now, retry_at=error.retry_at)
        if push.next_at is None:
            _leave_to_staff(push)


@transactional
def unknown(claim: Claim, error: Exception) -> None:
    """It may have been done: look for it in half a minute."""
    with _Locked(claim) as push:
        if push is None or push.state != State.IN_FLIGHT:
            return
        push.state, push.trouble, push.error, push.looks = State.UNCLEAR, Trouble.UNCLEAR, str(error), 0
        push.next_at = timezone.now() + LOOKS_AFTER[0]


@transactional
def refused(claim: Claim, error: BackendError, present: tuple[BookingSnapshot, ...]) -> None:
    """The backend will not do it. What the booking is there now is applied first: perhaps that is the reason.

    Where it has got another uid meanwhile, that one is changed instead.
    """
    if present:
        apply_news(claim.company, present, places=claim.backend.places)
    with _Locked(claim) as push:
        if push is None or push.state not in {State.IN_FLIGHT, State.UNCLEAR}:
            return
        uid_now = push.appointment.calcom_booking_uid
        push.trouble = Trouble.TAKEN if isinstance(error, BackendSlotTaken) else Trouble.REFUSED
        push.error = error.reason or str(error)
        if claim.uid and uid_now != claim.uid and not push.is_compensation and push.attempts <= len(LOOKS_AFTER):
            push.state, push.next_at = State.PENDING, timezone.now()
            return
        _leave_to_staff(push)


class _Locked:
    """The Push, its appointment locked, if it is still ours; what is changed in it is saved, and the standing with it.

    None where somebody else has recorded it already, or it was claimed anew.
    """

    def __init__(self, claim: Claim) -> None:
        self._claim = claim

    def __enter__(self) -> Push | None:
        row = Appointment.objects.select_for_update().get(pk=self._appointment_id())
        self._row, self._pushes = row, standing.open_pushes(row.pk)
        ours = (push for push in self._pushes if push.pk == self._claim.push.pk)
        self._push = next((push for push in ours if push.attempts == self._claim.attempt), None)
        if self._push is not None:
            self._push.appointment = row
        return self._push

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is not None or self._push is None:
            return
        entry = Entry(self._row, pushes=self._pushes)
        if self._push.is_open and not self._push.is_compensation:
            refold(entry)
        elif not self._push.is_open:  # where no news completed it, its registers still have to be opened for news
            release(entry)
        for push in entry.pushes:
            push.save(update_fields=_COLUMNS)
        Appointment.objects.filter(pk=self._row.pk).update(news=self._row.news)
        standing.rederive(self._row, entry.pushes)

    def _appointment_id(self) -> int:
        """Another one by now, where two appointments turned out to be one."""
        return Push.objects.values_list("appointment_id", flat=True).get(pk=self._claim.push.pk)


def _finish(push: Push) -> None:
    push.state, push.finished_at, push.next_at = State.DONE, timezone.now(), None
    push.trouble = push.error = ""


def _leave_to_staff(push: Push) -> None:
    push.state, push.next_at = State.NEEDS_STAFF, None
    logger.warning(
        "push.needs_staff", push_id=push.pk, appointment_id=push.appointment_id, trouble=push.trouble or "unclear"
    )


def _what_is_wrong(claim: Claim, snapshot: BookingSnapshot) -> str:
    """Why the answer to a booking is not the booking that was ordered; empty where it is."""
    if claim.push.operation != Operation.CREATE:
        return ""
    wish = wish_of(claim.push)
    if snapshot.reference != claim.push.reference:
        return _("The answer was another booking than the one ordered. Look there whether it was made.")
    if snapshot.starts_at != wish.starts_at:
        return _("It was booked for %(time)s, which is not what was wanted, and is being cancelled there.") % {
            "time": _local(snapshot.starts_at, claim)
        }
    if snapshot.event_type_id != wish.event_type_id:
        return _("It was booked as another service, and is being cancelled there.")
    return ""


def _local(moment: datetime, claim: Claim) -> str:
    return f"{moment.astimezone(claim.appointment.booking_time_zone):%Y-%m-%d %H:%M}"


def _make_good(claim: Claim, snapshot: BookingSnapshot, wrong: str) -> None:
    """Cancel there what was not ordered, where it is certain that it is ours, and tell staff."""
    with _Locked(claim) as push:
        if push is None or push.state not in _SENT:
            return
        push.trouble, push.error = Trouble.REFUSED, wrong
        _leave_to_staff(push)
        if snapshot.reference == push.reference and snapshot.status != Status.CANCELLED:
            compensate(push.appointment, uid=snapshot.uid, reason=wrong)


def compensate(appointment: Appointment, *, uid: str, reason: str) -> Push:
    """A Push that cancels a booking which this side cannot keep. The appointment is locked by the caller."""
    appointment.version += 1
    Appointment.objects.filter(pk=appointment.pk).update(version=appointment.version)
    return Push.objects.create(
        company_id=appointment.company_id,
        appointment=appointment,
        operation=Operation.CANCEL,
        version=appointment.version,
        wanted=Wish(uid=uid).as_json(),
        is_compensation=True,
        reason=reason,
        side=Side.SYSTEM,
    )
