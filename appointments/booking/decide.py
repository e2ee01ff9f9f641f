"""Deciding what staff have to decide: a conflict, and a change that the backend refused."""

from __future__ import annotations

from dataclasses import replace

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import occupancy
from appointments.booking.actor import Actor
from appointments.booking.desk import Desk, take_up
from appointments.errors import InvalidTransition
from appointments.inbound.echo import adopt, release
from appointments.metrics import counting_refusals
from appointments.models import Appointment, AppointmentChange, Attendee, Push
from appointments.wishes import State, state_of, wish_of
from appointments.wording import kept
from companies.transactions import transactional

Operation, Stage, Trouble = Push.Operation, Push.State, Push.Trouble
Change = AppointmentChange.Action


@counting_refusals
@transactional
def send_again(appointment: Appointment, *, actor: Actor, version: int | None = None) -> Appointment:
    """Push now: what waits for its next try, or was left to staff, is sent at once.

    What may have been written is looked for first, as ever, one at a time: another one stays with staff meanwhile.
    """
    desk = take_up(appointment, actor=actor, version=version)
    due = [push for push in desk.entry.pushes if push.is_open and push.state not in {Stage.IN_FLIGHT, Stage.CONFLICT}]
    if not due:
        raise InvalidTransition(_("Nothing waits to be sent."))
    sent = [push for push in sorted(due, key=lambda push: push.is_compensation) if _try_in_turn(push, desk)]
    if not sent:
        raise InvalidTransition(_("Another change of this appointment is being sent. Try again in a minute."))
    return desk.save(Change.UPDATED, reason=kept(gettext_lazy("Sent again.")))


@counting_refusals
@transactional
def keep_ours(appointment: Appointment, *, actor: Actor, version: int | None = None) -> Appointment:
    """In a conflict, our change counts: it is sent over what the other side has changed meanwhile."""
    desk = take_up(appointment, actor=actor, version=version)
    push = _disputed(desk)
    if "starts_at" in push.told:
        push.wanted = replace(wish_of(push), was=state_of(push.told)).as_json()
    push.told = {}
    _try_anew(push)
    return desk.save(Change.UPDATED, reason=kept(gettext_lazy("Our change counts.")))


@counting_refusals
@transactional
def take_theirs(appointment: Appointment, *, actor: Actor, version: int | None = None) -> Appointment:
    """What the other side has counts: our changes that it does not know, or refused, are dropped.

    What was never booked there stays here only, once it has begun; before that it has to get another time, or be
    cancelled.
    """
    desk = take_up(appointment, actor=actor, version=version)
    first = next(iter(desk.entry.waiting), None)
    if first is None or first.state not in {Stage.CONFLICT, Stage.NEEDS_STAFF}:
        raise InvalidTransition(_("There is nothing to decide."))
    if first.operation == Operation.CREATE and desk.row.starts_at > desk.now:
        raise InvalidTransition(_("It was never booked there. Choose another time, or cancel it."))
    theirs = _theirs(first)
    for push in desk.entry.waiting:
        push.finish(Stage.FOLDED)
    release(desk.entry)
    if theirs is not None:
        adopt(desk.entry, theirs)
    _take_back_marks(desk, first)
    action = Change.MOVED if desk.row.starts_at != desk.was.starts_at else Change.UPDATED
    desk.save(action, reason=kept(gettext_lazy("What the other side has counts.")))
    occupancy.occupy(desk.row.company, known=[desk.row], new=[])
    return desk.row


def _disputed(desk: Desk) -> Push:
    push = next(iter(desk.entry.waiting), None)
    if push is None or push.state != Stage.CONFLICT:
        raise InvalidTransition(_("There is no conflict to decide."))
    return push


def _theirs(push: Push) -> State | None:
    if "starts_at" in push.told:
        return state_of(push.told)
    return wish_of(push).was if push.operation != Operation.MARK_ABSENT else None


def _take_back_marks(desk: Desk, push: Push) -> None:
    """Who did not come, as the other side says; where it says nothing, our marks are taken back."""
    if push.operation == Operation.MARK_ABSENT:
        told = push.told.get("absences", {})
        for attendee in desk.entry.attendees:
            if attendee.contact in wish_of(push).absences:
                attendee.no_show, attendee.no_show_as_of = bool(told.get(attendee.contact)), None
    email = wish_of(push).email
    for attendee in desk.entry.attendees:
        if email and attendee.contact == email:
            attendee.state, attendee.as_of, attendee.leaving_reason = Attendee.State.ACTIVE, desk.now, ""


def _try_in_turn(push: Push, desk: Desk) -> bool:
    """_try_anew(), unless it has to be looked for while another one is on its way.

    What a compensation cancels may be cancelled twice, so it need not be looked for.
    """
    if _is_unclear(push) and any(one.is_on_its_way for one in desk.entry.pushes if one is not push):
        if not push.is_compensation:
            return False
        push.trouble = ""
    _try_anew(push)
    return True


def _is_unclear(push: Push) -> bool:
    return push.state == Stage.UNCLEAR or (push.state == Stage.NEEDS_STAFF and push.trouble == Trouble.UNCLEAR)


def _try_anew(push: Push) -> None:
    """Due now. What is unclear stays so until it has been looked for."""
    now = timezone.now()
    is_unclear = _is_unclear(push)
    push.state = Stage.UNCLEAR if is_unclear else Stage.PENDING
    push.attempts = push.looks = 0
    push.next_at, push.created_at, push.error = now, now, ""
    push.trouble = Trouble.UNCLEAR if is_unclear else ""
