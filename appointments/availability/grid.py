"""Grids for people: a week slot by slot, and a day over all staff."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from appointments import rules
from appointments.availability import words
from appointments.availability.cast import Cast
from appointments.availability.check import reason_against
from appointments.availability.kept import kept_cast
from appointments.availability.look import Found, Look, checked_day, look
from appointments.availability.offered import obstacle
from appointments.availability.remote import Range
from appointments.availability.team import free_slots
from appointments.availability.values import (
    Available,
    Cell,
    Column,
    Day,
    DayView,
    Query,
    Reason,
    Unavailable,
    Week,
)
from appointments.errors import BookingError
from appointments.wall_time import midnight
from companies.models import Staff

_DAY = timedelta(days=1)
_WEEK_DAYS = 7


def week(query: Query, day: date, *, fresh: bool = False) -> Week:
    """The week in which the day lies, Monday to Sunday on the branch's clocks, slot by slot.

    The slots are those of the backend: of the length asked for and, where there is a choice, of the shortest. One that
    cannot be had says why. One or two calls for each event type, all at once. Never in a transaction.
    """
    monday = checked_day(day) - timedelta(days=day.weekday())
    cast = kept_cast(query)
    seen = look(query, _days(monday, _WEEK_DAYS, cast, fresh=fresh), cast=cast, with_shorter=True)
    by_day: dict[date, list[Cell]] = defaultdict(list)
    for cell in _cells(seen, seen.founds):
        by_day[cell.starts_at.astimezone(cast.zone).date()].append(cell)
    days = tuple(
        Day(on=on, cells=tuple(by_day[on])) for on in (monday + timedelta(days=number) for number in range(_WEEK_DAYS))
    )
    return Week(time_zone=str(cast.zone), days=days, **seen.told())


def day_view(query: Query, day: date, *, fresh: bool = False) -> DayView:
    """A day of everybody who works there, by name; of those who do not perform the service the reason."""
    cast = kept_cast(query)
    seen = look(query, _days(checked_day(day), 1, cast, fresh=fresh), cast=cast, with_shorter=True)
    columns = tuple(_column(person, query, seen) for person in _people(query, cast))
    return DayView(on=day, time_zone=str(cast.zone), columns=columns)


def _days(first: date, count: int, cast: Cast, *, fresh: bool) -> Range:
    last = first + timedelta(days=count)
    return Range(starts_at=midnight(first, cast.zone), ends_at=midnight(last, cast.zone), fresh=fresh)


def _people(query: Query, cast: Cast) -> list[Staff]:
    """Everybody at the branch in question, or the one who was asked for."""
    if query.staff is not None:
        return [query.staff]
    able = Staff.objects.for_company(query.company).filter(is_active=True, is_bookable=True).order_by("name", "pk")
    branch = query.branch
    return [one for one in able if branch is None or one.home_branch_id in {branch.pk, None}]


def _column(person: Staff, query: Query, seen: Look) -> Column:
    founds = [found for found in seen.founds if found.candidate.staff_id in {person.pk, None}]
    told = seen.told(founds)
    refused = told["refused"] or seen.cast.refusals.get(person.pk)
    if refused is None and person.pk not in {one.pk for one in seen.cast.performers}:
        refused = _does_not_perform(person, query)
    if refused is not None or (founds and founds[0].candidate.staff is None):
        told["refused"] = refused
        return Column(staff_id=person.pk, staff_name=person.name, **told)
    return Column(staff_id=person.pk, staff_name=person.name, cells=tuple(_cells(seen, founds)), **told)


def _does_not_perform(person: Staff, query: Query) -> Unavailable | None:
    try:
        rules.check_staff(query.company, query.service, person)
    except BookingError as error:
        return Unavailable(reason=Reason.STAFF_CANNOT, sentence=str(error))
    return None


def _cells(seen: Look, founds: Sequence[Found]) -> Iterator[Cell]:
    """Every time that the backend offers to one of them, in order."""
    free = {slot.starts_at: slot for slot in free_slots(replace(seen, founds=tuple(founds)))}
    as_of = seen.told(founds)["as_of"]
    for starts_at in sorted({moment for found in founds for moment in (*found.starts, *found.shorter)}):
        slot = free.get(starts_at)
        verdict = Available(slot=slot, as_of=as_of) if slot else _refusal(starts_at, founds)
        yield Cell(starts_at=starts_at, ends_at=starts_at + founds[0].terms.length, verdict=verdict)


def _refusal(starts_at: datetime, founds: Sequence[Found]) -> Unavailable:
    """Too short where only the length is in the way; else the reason of the first to whom it is offered."""
    for found in founds:
        if starts_at in found.shorter and obstacle(starts_at, found.shorter_terms, found.diary) is None:
            return words.too_short(starts_at, found)
    first = next((found for found in founds if starts_at in found.starts or starts_at in found.shorter), founds[0])
    return reason_against(starts_at, first)
