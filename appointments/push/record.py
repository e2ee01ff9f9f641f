"""Recording what came of a call: the answer is applied like a webhook, in one transaction with the Push's state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from uuid import uuid4

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import metrics, standing
from appointments.backends import BackendError, BackendSlotTaken, BookingSnapshot, News
from appointments.inbound import Applied, apply_news
from appointments.inbound.echo import state_in
from appointments.inbound.ledger import Ledger
from appointments.models import Appointment, Push
from appointments.push.amends import take_back, take_back_wrong
from appointments.push.call import Looked
from appointments.push.claim import Claim
from appointments.push.locked import Locked
from appointments.push.proof import is_one_too_many, what_is_wrong
from appointments.push.waits import A_DAY, LOOKS_AFTER, WITHOUT_CONNECTION, next_look, next_try
from appointments.wishes import wish_of
from companies.transactions import may_be_lost, transactional

logger = structlog.get_logger(__name__)

Operation, State, Trouble = Push.Operation, Push.State, Push.Trouble

_AT_ONCE = 3
# Of a booking that is not there any more nobody has to be told these.
_NEEDLESS_THEN = {Operation.CANCEL, Operation.DECLINE, Operation.MARK_ABSENT}
_SENT = (State.IN_FLIGHT, State.UNCLEAR, State.CONFLICT)


@transactional
def answer(claim: Claim, news: News) -> bool:
    """The backend has done what was wanted, or something else: then that is made good, or said.

    Returns whether it is certain that nothing of the appointment waits any more.
    """
    wrong = what_is_wrong(claim, news) if isinstance(news, BookingSnapshot) else ""
    if isinstance(news, BookingSnapshot) and claim.push.operation == Operation.CREATE and wrong:
        _make_good(claim, news, wrong)
        return False
    if not claim.push.is_compensation:
        applied = _apply(claim, [news], answering=None if wrong else claim.push.pk)
        if claim.push.pk in applied.finished_pushes:
            may_be_lost()  # it is looked for then, as if the worker had died
            return not applied.open_pushes
    with Locked(claim) as push:
        if push is None:
            return False
        if wrong and isinstance(news, BookingSnapshot) and push.state in _SENT:
            _leave_wrong_move(push, news, wrong)
        elif push.state in {State.IN_FLIGHT, State.UNCLEAR}:
            push.finish(State.DONE)
    return False


@transactional
def looked(claim: Claim, found: Looked) -> None:
    """What a look has found is applied; what was not done is, after the second look, to be done again."""
    if found.news:
        _apply(claim, found.news, answering=claim.push.pk if found.is_done else None)
    with Locked(claim) as push:
        if push is None or push.state != State.UNCLEAR:
            return
        if found.is_done:
            push.finish(State.DONE)
            return
        now = timezone.now()
        push.looks = claim.push.looks + 1  # two looks at the same time are one
        if push.looks < len(LOOKS_AFTER) and push.operation != Operation.MARK_ABSENT:
            push.next_at = now + LOOKS_AFTER[push.looks]
            return
        push.state, push.trouble, push.looks = State.PENDING, "", 0
        # At first at once: to look for it has taken two minutes.
        push.next_at = now if push.attempts <= _AT_ONCE else next_try(push, now=now, retry_at=None)
        if push.next_at is None:
            _leave_to_staff(push)


@transactional
def not_seen(claim: Claim, error: BackendError) -> None:
    """The look failed: it stays unclear, and is looked for again, less and less often, for a day."""
    now = timezone.now()
    with Locked(claim) as push:
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
    with Locked(claim) as push:
        if push is None or push.state not in {State.IN_FLIGHT, State.UNCLEAR}:
            return
        push.error, push.trouble = str(error), trouble
        push.state, push.next_at = State.PENDING, next_try(push, now=now, retry_at=error.retry_at)
        if push.next_at is None:
            _leave_to_staff(push)


@transactional
def unknown(claim: Claim, error: Exception) -> None:
    """It may have been done: look for it in half a minute.

    What was found and could not be recorded is looked for again, less and less often, for a day.
    """
    now = timezone.now()
    with Locked(claim) as push:
        if push is None or push.state not in {State.IN_FLIGHT, State.UNCLEAR}:
            return
        push.trouble, push.error = Trouble.UNCLEAR, _told(error)
        if push.state == State.IN_FLIGHT:
            push.state, push.looks, push.next_at = State.UNCLEAR, 0, now + LOOKS_AFTER[0]
            return
        push.next_at = next_look(push, now=now, retry_at=None)
        if push.next_at is None:
            _leave_to_staff(push)


@transactional
def unreadable(push_id: int, error: Exception) -> None:
    """It could not even be claimed, for whatever stands in it: try again every hour for a day; it may be mended."""
    now = timezone.now()
    try:
        row, pushes, _others = standing.locked_for(push_id)
    except Appointment.DoesNotExist:
        return
    for push in pushes:
        if push.pk == push_id and push.state in {State.PENDING, State.UNCLEAR}:
            push.error, push.next_at = _told(error), now + WITHOUT_CONNECTION
            if now - push.created_at >= A_DAY:
                _leave_to_staff(push)
            push.save(update_fields=["state", "error", "next_at"])
    standing.rederive(row, pushes)


@transactional
def refused(claim: Claim, error: BackendError, present: tuple[BookingSnapshot, ...]) -> None:
    """The backend will not do it. What the booking is there now is applied first: perhaps that is the reason.

    Where it has got another uid meanwhile, that one is changed instead.
    """
    if present:
        apply_news(claim.company, present, places=claim.backend.places)
    with Locked(claim) as push:
        if push is None or push.state not in {State.IN_FLIGHT, State.UNCLEAR}:
            return
        push.trouble = Trouble.TAKEN if isinstance(error, BackendSlotTaken) else Trouble.REFUSED
        push.error = error.reason or str(error)
        if _has_another_uid(claim, push):
            push.state, push.next_at = State.PENDING, timezone.now()
            return
        _leave_to_staff(push)


@transactional
def gone(claim: Claim, error: BackendError) -> None:
    """The backend does not know the booking. What was to end it is done with that; staff decide about the rest."""
    with Locked(claim) as push:
        if push is None or push.state not in {State.IN_FLIGHT, State.UNCLEAR}:
            return
        row = push.appointment
        if _has_another_uid(claim, push):
            push.state, push.next_at = State.PENDING, timezone.now()
            return
        if not push.is_compensation and claim.uid == row.calcom_booking_uid != "":
            standing.lose(row)
        if push.is_compensation or push.operation in _NEEDLESS_THEN:
            push.finish(State.DONE)
            return
        push.trouble, push.error = Trouble.REFUSED, error.reason or str(error)
        _leave_to_staff(push)


def _has_another_uid(claim: Claim, push: Push) -> bool:
    """Whether the booking was moved meanwhile, so that the Push is worth another try."""
    is_other = claim.uid not in {"", push.appointment.calcom_booking_uid}
    return is_other and not push.is_compensation and push.attempts <= len(LOOKS_AFTER)


def _leave_to_staff(push: Push) -> None:
    push.state, push.next_at = State.NEEDS_STAFF, None
    transaction.on_commit(partial(metrics.LEFT.add, push.trouble or "unclear"), robust=True)
    logger.warning(
        "push.needs_staff", push_id=push.pk, appointment_id=push.appointment_id, trouble=push.trouble or "unclear"
    )


def _make_good(claim: Claim, snapshot: BookingSnapshot, wrong: str) -> None:
    """Cancel there what was not ordered, where it is certain that it is ours, and tell staff."""
    with Locked(claim) as push:
        if push is None or push.state not in _SENT:
            if snapshot.reference == claim.push.reference:  # another booking has come of the same order meanwhile
                row, _pushes, _others = standing.locked_for(claim.push.pk)
                take_back_wrong(row, snapshot, reason=wrong)
                _rederive(row)
            return
        is_ours = snapshot.reference == push.reference
        # Where another booking was answered, ours may have been made as well: it is looked for before the next try.
        push.trouble, push.error = Trouble.REFUSED if is_ours else Trouble.UNCLEAR, wrong
        _leave_to_staff(push)
        if is_ours:
            take_back_wrong(push.appointment, snapshot, reason=wrong)
            push.reference = uuid4()  # whoever was sent the old one may have read it


def _apply(claim: Claim, news: Sequence[News], *, answering: int | None) -> Applied:
    """Apply what was told, unless it is a booking too many: that is taken back, and nothing was applied."""
    first = news[0]
    if not isinstance(first, BookingSnapshot):
        return apply_news(claim.company, news, places=claim.backend.places, answering=answering)
    ledger = Ledger(claim.company, news, answering=claim.push.pk)
    is_surplus = is_one_too_many(claim, first, ledger.ours)
    surplus = [*first.surplus_uids, *([first.uid] if is_surplus else [])]
    if not surplus:
        return apply_news(claim.company, news, places=claim.backend.places, answering=answering, ledger=ledger)
    _take_back(claim, surplus)
    if is_surplus:
        return Applied()
    return apply_news(claim.company, news, places=claim.backend.places, answering=answering)


def _take_back(claim: Claim, surplus: Sequence[str]) -> None:
    """What one order made besides the one booking is cancelled there."""
    row, _pushes, _others = standing.locked_for(claim.push.pk)
    for uid in surplus:
        if uid != row.calcom_booking_uid:
            take_back(row, uid=uid, reason=_("It was made twice for one appointment."))
    _rederive(row)


def _rederive(row: Appointment) -> None:
    standing.rederive(row, standing.open_pushes(row.pk))


def _told(error: Exception) -> str:
    """For staff. What is not the backend's word may repeat a whole row of somebody's data."""
    if isinstance(error, BackendError):
        return str(error)
    return _("Something went wrong here (%(kind)s); the log tells more.") % {"kind": type(error).__name__}


def _leave_wrong_move(push: Push, snapshot: BookingSnapshot, wrong: str) -> None:
    """Trying again moves it from where it is now; dropping the change takes over where it is."""
    push.wanted = replace(wish_of(push), was=state_in(snapshot), from_uid=snapshot.uid).as_json()
    push.told, push.trouble, push.error = {}, Trouble.REFUSED, wrong
    _leave_to_staff(push)
