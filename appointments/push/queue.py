"""A new wish joins those that are waiting; what it makes needless is never sent."""

from __future__ import annotations

from dataclasses import replace

from django.utils import timezone

from appointments.inbound.echo import release
from appointments.inbound.entry import Entry
from appointments.models import Push
from appointments.wishes import Wish, wish_of

Operation, State, Trouble = Push.Operation, Push.State, Push.Trouble

_SENDABLE = {State.PENDING, State.NEEDS_STAFF}


def enqueue(entry: Entry, new: Push) -> Push:
    """Add a Push to an entry's, in memory; returns the one that carries the wish: an older one that was not sent yet,
    or the new one, which may already be folded.

    Whoever calls this holds the appointment's lock and saves the entry's pushes.
    """
    unsent = _unsent(entry, new)
    wish = wish_of(new)
    if new.operation == Operation.MOVE:
        carrier = _latest(unsent, Operation.MOVE) or _latest(unsent, Operation.CREATE)
        return _move(entry, carrier, wish) if carrier else _append(entry, new)
    if new.operation == Operation.MARK_ABSENT and (earlier := _latest(unsent, Operation.MARK_ABSENT)):
        both = {**wish_of(earlier).absences, **wish.absences}
        return _rewrite(earlier, replace(wish_of(earlier), absences=both))
    if new.operation == Operation.CANCEL and wish.email:
        return _give_up_seat(entry, new, unsent, email=wish.email)
    if new.operation in {Operation.CANCEL, Operation.DECLINE}:
        return _end(entry, new, unsent)
    if new.operation == Operation.CONFIRM and (declined := _latest(unsent, Operation.DECLINE)):
        _inherit(new, declined)
        declined.finish(State.FOLDED)
    return _append(entry, new)


def refold(entry: Entry) -> None:
    """The first Push has turned out not to be sent: what waits behind it may make it needless, or go with it."""
    first, *rest = entry.waiting
    if first.state not in _SENDABLE or any(push.state != State.PENDING for push in rest):
        return
    entry.pushes = [push for push in entry.pushes if push not in rest]
    for push in rest:
        enqueue(entry, push)
        if push not in entry.pushes:
            push.finish(State.FOLDED)
            entry.pushes.append(push)


def _unsent(entry: Entry, new: Push) -> list[Push]:
    """The waiting pushes behind the last that may have reached the backend. A cancellation settles conflicts too."""
    sendable = set(_SENDABLE)
    if new.operation == Operation.CANCEL:
        sendable.add(State.CONFLICT)
    unsent: list[Push] = []
    for push in reversed(entry.waiting):
        if push.state not in sendable or (push.state == State.NEEDS_STAFF and push.trouble == Trouble.UNCLEAR):
            break
        unsent.insert(0, push)
    return unsent


def _latest(pushes: list[Push], operation: Push.Operation) -> Push | None:
    return next((push for push in reversed(pushes) if push.operation == operation), None)


def _append(entry: Entry, new: Push) -> Push:
    entry.pushes.append(new)
    return new


def _move(entry: Entry, carrier: Push, wish: Wish) -> Push:
    """Let a move or booking that was not sent yet ask for the new time at once."""
    old = wish_of(carrier)
    is_back = carrier.operation == Operation.MOVE and old.was is not None and old.was.starts_at == wish.starts_at
    if is_back:
        carrier.finish(State.FOLDED)
    else:
        _rewrite(carrier, replace(old, starts_at=wish.starts_at, ends_at=wish.ends_at))
    _tell_later_ones(entry, carrier, wish)
    if is_back:
        release(entry)
    return carrier


def _tell_later_ones(entry: Entry, carrier: Push, wish: Wish) -> None:
    """When their turn comes, the backend has the time that the carrier asks for now."""
    for push in entry.waiting:
        was = wish_of(push).was
        if push.version > carrier.version and was is not None and wish.starts_at and wish.ends_at:
            there = replace(was, starts_at=wish.starts_at, ends_at=wish.ends_at)
            push.wanted = replace(wish_of(push), was=there).as_json()


def _give_up_seat(entry: Entry, new: Push, unsent: list[Push], *, email: str) -> Push:
    taken = [push for push in unsent if push.operation == Operation.CREATE and email in _emails(push)]
    for push in taken:
        push.finish(State.FOLDED)
    if taken:
        new.finish(State.FOLDED)
    return _append(entry, new)


def _end(entry: Entry, new: Push, unsent: list[Push]) -> Push:
    """The end makes all that was not sent yet needless, and itself where the backend never heard of the booking."""
    if unsent:
        _inherit(new, unsent[0])
    was_never_sent = not entry.uid and any(push.operation == Operation.CREATE for push in unsent)
    for push in unsent:
        push.finish(State.FOLDED)
    if was_never_sent:
        new.finish(State.FOLDED)
    _append(entry, new)
    if was_never_sent:
        release(entry)
    return new


def _inherit(new: Push, old: Push) -> None:
    """What was before is what was before the wish that is not sent."""
    was = wish_of(old).was
    if was is not None:
        new.wanted = replace(wish_of(new), was=was).as_json()


def _rewrite(push: Push, wish: Wish) -> Push:
    push.wanted = wish.as_json()
    if push.trouble != Trouble.NOT_CONNECTED:
        again(push)
    return push


def again(push: Push) -> None:
    """Start anew, as if it had never been tried."""
    push.state, push.trouble, push.error, push.told = State.PENDING, "", "", {}
    push.attempts = push.looks = 0
    push.next_at = push.created_at = timezone.now()


def _emails(push: Push) -> set[str]:
    return {person.contact for person in wish_of(push).attendees}
