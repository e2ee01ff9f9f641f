"""What has to be true once everything is quiet."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.utils import timezone

from appointments.models import Appointment, AppointmentChange, Attendee, Push
from calcom.sandbox.state import Booking
from tests.model.stage import Stage
from tests.model.wishes import Wish, Wished

_STATUS = {"accepted": "confirmed", "pending": "pending", "cancelled": "cancelled", "rejected": "rejected"}
_ACTIONS = {
    "book": "created",
    "move": "moved",
    "cancel": "cancelled",
    "confirm": "confirmed",
    "decline": "rejected",
    "absent": "no_show",
}
_STUCK = {"conflict", "needs_staff"}
_OFF = {"cancelled", "rejected"}


def check(stage: Stage, *, is_decided: bool) -> None:
    """All of it. `is_decided`: staff have decided everything, so nothing may be left to them."""
    assert not stage.wishes.lost()
    _check_pushes(stage, is_decided=is_decided)
    rows = {row.calcom_booking_uid: row for row in stage.appointments() if row.calcom_booking_uid}
    chains = {one.uid: _chain(stage, one) for one in stage.bookings()}
    _check_once(stage)
    for uid, chain in chains.items():
        row = rows.pop(uid, None) or _of_former(stage, chain)
        assert row is not None, f"booking {_told(chain[-1])} is not known here"
        if row.sync_status not in _STUCK:
            _check_same(row, chain[-1])
        _check_wishes(stage, row, chain)
    assert not rows, f"here, but not there: {[_row(row) for row in rows.values()]}"
    for row in stage.appointments():
        _check_local_only(stage, row)
        _check_history(stage, row)


def _check_pushes(stage: Stage, *, is_decided: bool) -> None:
    left = Push.objects.for_company(stage.salon.company).filter(finished_at__isnull=True)
    for push in left:
        is_behind = any(one.appointment_id == push.appointment_id and one.state in _STUCK for one in left)
        assert push.state in _STUCK or is_behind, f"never finished: {_push(push)}"
        assert push.state not in _STUCK or push.error or push.told, f"left to staff without a reason: {_push(push)}"
    assert not (is_decided and left), f"decided, and still there: {[_push(push) for push in left]}"
    for row in stage.appointments():
        states = {push.state for push in left if push.appointment_id == row.pk}
        expected = states & _STUCK or {"synced" if row.calcom_booking_uid else "not_applicable"}
        assert row.sync_status in expected, f"{_row(row)} says {row.sync_status} with {states}"


def _check_once(stage: Stage) -> None:
    """No order of ours has made two bookings."""
    made = Counter(
        one.metadata["slotkeeper_ref"]
        for one in stage.world.bookings.values()
        if "slotkeeper_ref" in one.metadata and not one.rescheduled_from and one.uid not in stage.wishes.forged
    )
    assert not [ref for ref, count in made.items() if count > 1], f"booked twice: {made}"


def _check_same(row: Appointment, one: Booking) -> None:
    here = (row.told_status, row.starts_at, row.ends_at, row.calcom_booking_uid)
    there = (_STATUS[one.status], one.starts_at, one.ends_at, one.uid)
    assert here == there, f"different: {_row(row)} and {_told(one)}"
    coming = row.attendees.filter(state=Attendee.State.ACTIVE)
    here_people = {(person.email, person.no_show) for person in coming}
    there_people = {(person.email, person.absent) for person in one.attendees if person.host_id is None}
    if row.told_status == "confirmed":
        assert here_people == there_people, f"different people: {here_people} and {there_people}"
    else:
        assert {email for email, _ in here_people} == {email for email, _ in there_people}


def _check_wishes(stage: Stage, row: Appointment, chain: list[Booking]) -> None:
    """The last wish of one of the sides is what is true, and what was cancelled stays so."""
    ours = stage.wishes.of(row)
    theirs = sorted((found for one in chain for found in stage.wishes.there.get(one.uid, [])), key=lambda each: each[0])
    if row.sync_status in _STUCK:
        return
    if row.told_status in _OFF:  # a move that was not sent before the end has not happened
        wanted = {wish.at for _, wish in [*ours, *theirs]}
    else:
        wanted = {_last_start(wishes) for wishes in (ours, theirs) if wishes}
    assert row.starts_at in wanted, f"a move was lost, or made up: {_row(row)} {ours} {theirs}"
    for wishes in [ours] * (not theirs) + [theirs] * (not ours):
        _check_decision(row, [wish for _, wish in wishes])
        _check_absences(row, [wish for _, wish in wishes])
    if any(wish.kind == "cancel" for _, wish in theirs) or _is_cancelled([wish for _, wish in ours]):
        assert row.told_status == "cancelled", f"cancelled, and alive again: {_row(row)} {ours} {theirs}"


def _check_decision(row: Appointment, wishes: list[Wish]) -> None:
    """Confirmed or declined as was said last, by those who alone had a say."""
    if any(wish.kind == "theirs" for wish in wishes) or row.told_status == "cancelled":
        return
    decisions = [wish.kind for wish in wishes if wish.kind in {"confirm", "decline", "move"}]
    last = decisions[-1] if decisions else ""
    if last in {"confirm", "decline"}:
        expected = {"confirm": "confirmed", "decline": "rejected"}[last]
        assert row.told_status == expected, f"{_row(row)} was to be {expected}: {wishes}"


def _check_absences(row: Appointment, wishes: list[Wish]) -> None:
    """Who was marked as absent is so, as long as nothing else was done afterwards and it was no mere request."""
    kinds = [wish.kind for wish in wishes if wish.kind in {"absent", "move", "cancel", "decline", "theirs"}]
    if row.told_status == "confirmed" and kinds and kinds[-1] == "absent":
        assert row.status == "no_show", f"came after all? {_row(row)} {wishes}"


def _check_local_only(stage: Stage, row: Appointment) -> None:
    """An appointment that nobody touched there is in no conflict; one that was booked here has got there."""
    ours = [wish for _, wish in stage.wishes.of(row)]
    uids = {row.calcom_booking_uid, *row.former_uids.values_list("uid", flat=True)}
    is_touched = any(stage.wishes.there.get(uid) for uid in uids)
    if ours and not is_touched:
        assert row.sync_status != "conflict", f"in conflict with nobody: {_row(row)} {_told_by(row)}"
    if row.sync_status == "needs_staff" and not is_touched:
        trouble = row.pushes.filter(state="needs_staff").values_list("trouble", flat=True)
        good = {"taken"} | ({"refused"} if row.starts_at <= timezone.now() else set())
        assert set(trouble) <= good, f"left to staff for no good reason: {_row(row)} {list(trouble)}"
    is_dropped = row.starts_at <= timezone.now() and any(wish.kind == "theirs" for wish in ours)
    if not row.calcom_booking_uid and row.sync_status not in _STUCK and not is_dropped:
        assert _is_off(ours), f"lost on the way: {_row(row)} {ours}"
        assert row.told_status in {"cancelled", "rejected"}, f"{_row(row)} {ours}"


def _check_history(stage: Stage, row: Appointment) -> None:
    """Each change made here has its line, and the lines lead to what is true now."""
    lines = list(AppointmentChange.objects.filter(appointment=row).order_by("recorded_at", "pk"))
    told = Counter(line.action for line in lines if line.side == "portal")
    wanted = Counter(_ACTIONS[wish.kind] for _, wish in stage.wishes.of(row) if wish.kind in _ACTIONS)
    assert all(told[action] >= count for action, count in wanted.items()), f"no line for {wanted - told}: {_row(row)}"
    assert sum(line.action == "created" for line in lines) >= 1, f"{_row(row)} began without a line"
    if sum(line.action == "created" for line in lines) > 1:
        return  # two appointments that turned out to be one: each tells its own part
    for name in ("status", "starts_at"):
        _check_line(row, name, [line.details[name] for line in lines if name in line.details])


def _check_line(row: Appointment, name: str, steps: list[list[Any]]) -> None:
    for (_, after), (before, _) in pairwise(steps):
        assert after == before, f"the history of {name} jumps: {steps}: {_row(row)}"
    now = getattr(row, name)
    if steps:
        last = datetime.fromisoformat(steps[-1][1]) if name == "starts_at" else steps[-1][1]
        assert last == now, f"the history says {last}, but it is {now}: {steps} {_row(row)}"


def _chain(stage: Stage, one: Booking) -> list[Booking]:
    """The bookings that led to this one by moves, oldest first."""
    chain = [one]
    while chain[0].rescheduled_from:
        chain.insert(0, stage.world.bookings[chain[0].rescheduled_from])
    return chain


def _of_former(stage: Stage, chain: list[Booking]) -> Appointment | None:
    """Where staff still have to decide, the appointment may know the booking by an earlier uid only."""
    uids = [one.uid for one in chain]
    rows = Appointment.objects.for_company(stage.salon.company).filter(sync_status__in=_STUCK)
    return rows.filter(calcom_booking_uid__in=uids).first()


def _last_start(wishes: Wished) -> datetime | None:
    return next((wish.at for _, wish in reversed(wishes) if wish.at is not None), None)


def _is_cancelled(wishes: list[Wish]) -> bool:
    """Cancelled, and staff did not take that back afterwards."""
    kinds = [wish.kind for wish in wishes if wish.kind in {"cancel", "theirs"}]
    return bool(kinds) and kinds[-1] == "cancel"


def _is_off(wishes: list[Wish]) -> bool:
    """Cancelled or declined, the last that was said: what Cal.com never heard of need not be sent any more."""
    kinds = [wish.kind for wish in wishes if wish.kind in {"cancel", "decline", "confirm", "theirs"}]
    return bool(kinds) and kinds[-1] in {"cancel", "decline"}


def _row(row: Appointment) -> str:
    return (
        f"<{row.pk} {row.calcom_booking_uid or '-'} {row.told_status} {row.starts_at:%d %H:%M} {row.sync_status}"
        f" {row.sync_error[:80]} {_told_by(row)}>"
    )


def _told_by(row: Appointment) -> list[str]:
    return [_push(push) for push in row.pushes.order_by("version")]


def _push(push: Push) -> str:
    return f"{push.operation}:{push.state}:{push.trouble}"


def _told(one: Booking) -> str:
    chain = f"from={one.rescheduled_from or '-'} to={one.rescheduled_to or '-'}"
    return f"<{one.uid} {one.status} {one.starts_at:%d %H:%M} {chain}>"
