"""Whose turn it is where several are free: the one preferred, then whoever has least to do that day, then by id."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from appointments.availability.look import Found, Look
from appointments.availability.offered import obstacle
from appointments.availability.values import Slot

Load = Counter[tuple[int | None, date]]


def free_slots(look: Look, founds: Sequence[Found] | None = None) -> list[Slot]:
    """Every time at which somebody is free, soonest first, with all who are, the one whose turn it is first."""
    founds = look.founds if founds is None else founds
    free: dict[datetime, list[Found]] = defaultdict(list)
    for found in founds:
        for starts_at in found.starts:
            if obstacle(starts_at, found.terms, found.diary) is None:
                free[starts_at].append(found)
    load = _load(founds) if len(founds) > 1 else Load()
    slots = (_slot(look, starts_at, free[starts_at], load) for starts_at in sorted(free))
    return [slot for slot in slots if slot is not None]


def in_turn(look: Look, starts_at: datetime, founds: Sequence[Found], load: Load | None = None) -> Sequence[Found]:
    """The same people, the one whose turn it is first."""
    if len(founds) < 2:
        return founds
    known = _load(founds) if load is None else load
    preferred = look.query.preferred.pk if look.query.preferred else None
    day = starts_at.astimezone(look.cast.zone).date()

    def turn(one: Found) -> tuple[bool, int, int]:
        staff_id = one.candidate.staff_id
        return staff_id != preferred, known[staff_id, day], staff_id or 0

    return sorted(founds, key=turn)


def _slot(look: Look, starts_at: datetime, founds: list[Found], load: Load) -> Slot | None:
    """The time with those who are left when everybody whom the backend is yet to choose has somebody."""
    ends_at = starts_at + founds[0].terms.length
    spoken_for = sum(span.overlaps(starts_at, ends_at) for span in look.unassigned)
    if spoken_for >= len(founds):
        return None
    first, *others = in_turn(look, starts_at, founds, load)[: len(founds) - spoken_for]
    return first.slot(starts_at, also=[one.candidate.staff_id for one in others if one.candidate.staff_id is not None])


def _load(founds: Sequence[Found]) -> Load:
    """How many appointments and holds everybody has on each day."""
    return Counter(
        (found.candidate.staff_id, busy.own.starts_at.astimezone(found.terms.zone).date())
        for found in founds
        for busy in found.diary.busy
    )
