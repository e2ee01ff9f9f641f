"""What news means for the pushes of its appointment.

The webhook of our own change often comes before the answer to it. News that equals what the first open Push wants
completes it, whichever comes first. A remote cancellation wins over everything. Other news that is newer and
contradicts an open Push is a conflict: the appointment keeps our values, the Push keeps theirs, and staff decide.
"""

from __future__ import annotations

from appointments.backends import AbsenceNews, BookingSnapshot, SeatChange
from appointments.inbound.entry import Entry
from appointments.inbound.registers import is_local, rank_of, settled, stamp_of, told
from appointments.models import Push
from appointments.models.appointment import Status
from appointments.wishes import State, Wish, state_of, stored, wish_of

Operation, Stage = Push.Operation, Push.State

_OFF = {Status.CANCELLED, Status.REJECTED}


def note_snapshot(entry: Entry, snapshot: BookingSnapshot, *, answering: int | None) -> None:
    """Complete, supersede or put into conflict the appointment's pushes; the snapshot has been applied already.

    `answering` is the id of the Push whose answer it is: then it is right, or a conflict.
    """
    if not entry.waiting:
        return
    if snapshot.rescheduled_to_uid or snapshot.uid != entry.uid:
        _note_former(entry, snapshot)
        return
    if _is_cancelled(snapshot):
        _give_way(entry, snapshot)
        return
    while entry.waiting and _is_echo(entry.waiting[0], snapshot, is_answer=entry.waiting[0].pk == answering):
        _complete(entry, entry.waiting[0], snapshot)
    if entry.waiting and (entry.waiting[0].pk == answering or _contradicts(entry.waiting, snapshot)):
        _dispute(entry.waiting[0], state_in(snapshot))


def _note_former(entry: Entry, snapshot: BookingSnapshot) -> None:
    """News of a booking that has been moved on since: perhaps it was our own move that made it."""
    first = entry.waiting[0]
    wish = wish_of(first)
    is_ours = snapshot.replaces is not None and snapshot.replaces.uid == wish.from_uid != ""
    if first.operation != Operation.MOVE or not is_ours or snapshot.starts_at != wish.starts_at:
        return
    theirs = state_of(first.told) if first.told else None
    first.finish(Stage.DONE)
    release(entry)
    if theirs is not None:
        adopt(entry, theirs)


def adopt(entry: Entry, state: State) -> None:
    """Take over times and status as the other side has them."""
    row, stamp = entry.appointment, stamp_of(state.as_of, rank=rank_of(state.status))
    row.starts_at, row.ends_at, row.told_status = state.starts_at, state.ends_at, state.status
    row.cancellation_reason, row.rejected_reason = state.cancellation_reason, state.rejected_reason
    row.news["times"] = row.news["status"] = stamp


def orders(entry: Entry, snapshot: BookingSnapshot) -> bool:
    """Whether an open Push of the appointment ordered exactly this booking.

    A reference alone proves nothing: metadata comes back on every occurrence, and whoever has read it may send it.
    """
    row = entry.appointment
    if entry.uid not in {"", snapshot.uid} and not row.is_seated:
        return False
    for push in entry.waiting:
        wish = wish_of(push)
        if (
            push.operation == Push.Operation.CREATE
            and push.reference == snapshot.reference
            and wish.event_type_id == snapshot.event_type_id
            and wish.starts_at == snapshot.starts_at
        ):
            return True
    return False


def note_absences(entry: Entry, news: AbsenceNews, *, answering: int | None) -> bool:
    """The same for news of who did not come. False where it must not be applied: it contradicts our marks.

    The answer to an earlier Push may do so without a conflict: staff have changed their minds since.
    """
    first = next((push for push in entry.waiting if push.operation == Operation.MARK_ABSENT), None)
    if first is None:
        return True
    wanted = wish_of(first).absences
    if all(news.absences.get(email) == is_absent for email, is_absent in wanted.items()):
        first.finish(Stage.DONE)
        entry.is_echo = True
        return all(push.operation != Operation.MARK_ABSENT for push in entry.waiting)
    is_contrary = any(news.absences.get(email, is_absent) != is_absent for email, is_absent in wanted.items())
    if not is_contrary or news.as_of is None or news.as_of <= first.created_at:
        return True
    if answering in {None, first.pk}:
        first.state, first.told = Stage.CONFLICT, {"absences": dict(news.absences)}
    return False


def release(entry: Entry, *, snapshot: BookingSnapshot | None = None) -> None:
    """Let go of the registers that no waiting Push holds any more: from here on news may fill them again.

    They take what the snapshot says, in whose clock later news is dated.
    """
    row = entry.appointment
    news = {} if snapshot is None else {name: (stamp, columns) for name, stamp, columns in told(snapshot)}
    waiting = {push.version for push in entry.waiting}
    for name, stamp in row.news.items():
        if not is_local(stamp) or stamp[-1] in waiting:
            continue
        fresh, columns = news.get(name, (settled(stamp), {}))
        if name == "attendees" and snapshot is not None:
            fresh = stamp_of(snapshot.as_of)
        row.news[name] = fresh
        for column, value in columns.items():
            setattr(row, column, value)


def _is_cancelled(snapshot: BookingSnapshot) -> bool:
    return snapshot.status == Status.CANCELLED and not snapshot.is_status_weak


def _give_way(entry: Entry, snapshot: BookingSnapshot) -> None:
    """A remote cancellation: what was wanted besides is not wanted any more, such as a seat that was not sent yet."""
    for push in entry.waiting:
        may_be_made = push.is_on_its_way or push.reference == snapshot.reference
        is_end = push.operation == Operation.CANCEL and not wish_of(push).email
        is_done = is_end or (push.operation == Operation.CREATE and may_be_made)
        entry.is_echo |= push.operation == Operation.CANCEL
        push.finish(Stage.DONE if is_done else Stage.SUPERSEDED)
        release(entry, snapshot=snapshot)


def _complete(entry: Entry, push: Push, snapshot: BookingSnapshot) -> None:
    push.finish(Stage.DONE)
    release(entry, snapshot=snapshot)
    entry.is_echo = True


def _is_echo(push: Push, snapshot: BookingSnapshot, *, is_answer: bool) -> bool:
    """Whether the snapshot of the current booking equals what the Push wants."""
    wish = wish_of(push)
    if push.operation == Operation.CREATE:
        return push.reference == snapshot.reference and wish.starts_at == snapshot.starts_at
    if push.operation == Operation.MOVE:
        return snapshot.starts_at == wish.starts_at and snapshot.status not in _OFF
    if push.operation == Operation.CANCEL:
        is_leaving = snapshot.seat_change is not SeatChange.JOINED
        is_theirs = any(person.contact == wish.email for person in snapshot.attendees)
        return bool(wish.email) and (is_answer or (is_leaving and is_theirs))
    if not is_answer and (snapshot.is_status_weak or not _is_newer_than_before(wish, snapshot)):
        return False
    if push.operation == Operation.CONFIRM:
        return snapshot.status == Status.CONFIRMED
    return push.operation == Operation.DECLINE and snapshot.status == Status.REJECTED


def _is_newer_than_before(wish: Wish, snapshot: BookingSnapshot) -> bool:
    return wish.was is None or stamp_of(snapshot.as_of)[:3] > settled(wish.was.status_stamp)[:3]


def _contradicts(pushes: list[Push], snapshot: BookingSnapshot) -> bool:
    """Whether the snapshot is newer than the change wanted first, and says neither what was nor what is wanted.

    Where a move is wanted, a booking with another uid than it had then was moved without our knowing, whatever the
    clocks say.
    """
    first, wish = pushes[0], wish_of(pushes[0])
    if snapshot.as_of is None or wish.was is None:
        return False
    is_unheard_of = first.operation == Operation.MOVE and wish.was.uid not in {"", snapshot.uid}
    if snapshot.as_of <= first.created_at and not is_unheard_of:
        return False
    starts = {wish.was.starts_at, *(wish_of(push).starts_at for push in pushes)}
    if snapshot.starts_at not in starts and not snapshot.are_details_weak:
        return True
    if snapshot.is_status_weak or snapshot.status == wish.was.status:
        return False
    contrary = {Operation.DECLINE: Status.CONFIRMED}.get(Operation(first.operation), Status.REJECTED)
    return snapshot.status == contrary and first.operation != Operation.CANCEL


def _dispute(push: Push, state: State) -> None:
    known = state_of(push.told).as_of if "starts_at" in push.told else None
    if known is None or state.as_of is None or state.as_of >= known:
        push.state, push.told, push.next_at = Stage.CONFLICT, stored(state), None


def state_in(snapshot: BookingSnapshot) -> State:
    """What a snapshot says of times and status."""
    return State(
        starts_at=snapshot.starts_at,
        ends_at=snapshot.ends_at,
        status=snapshot.status,
        uid=snapshot.uid,
        as_of=snapshot.as_of,
        cancellation_reason=snapshot.cancellation_reason,
        rejected_reason=snapshot.rejected_reason,
        status_stamp=stamp_of(snapshot.as_of),
    )
