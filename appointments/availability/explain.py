"""Why a time is or is not offered, step by step, in sentences for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from appointments.availability import words
from appointments.availability.cast import Cast, cast_of, checks
from appointments.availability.check import day_around, verdict
from appointments.availability.look import Found, Given, Look, checked_day, checked_instant, look
from appointments.availability.offered import obstacles
from appointments.availability.remote import Range
from appointments.availability.values import ExplainedDay, Explanation, Query, Step, Unknown, Verdict
from appointments.models import Appointment, Customer, Hold, Service
from appointments.wall_time import midnight
from companies.models import Branch, Staff

_QUARTER, _HOUR = timedelta(minutes=15), timedelta(hours=1)
_EARLY, _LATE = 7, 21


def explain(
    service: Service,
    staff: Staff | None,
    starts_at: datetime,
    *,
    branch: Branch | None = None,
    length_min: int | None = None,
    customer: Customer | None = None,
    fresh: bool = False,
    own_hold: Hold | None = None,
    moving: Appointment | None = None,
) -> Explanation:
    """All that speaks for or against a time, in the order in which it is looked at, and what follows.

    Nothing is left out once something stands against it. Without `staff`: about everybody who comes into question.
    """
    query = Query(
        company=service.company, service=service, branch=branch, staff=staff, length_min=length_min, customer=customer
    )
    starts_at = checked_instant(starts_at)
    cast = cast_of(query, moving=moving)
    during = replace(day_around(starts_at, cast), fresh=fresh)
    seen = look(query, during, cast=cast, given=Given(own_hold=own_hold, moving=moving))
    steps = (*_before(query, cast), *_of_all(starts_at, seen))
    return Explanation(steps=steps, verdict=_follows(starts_at, seen))


def explain_day(query: Query, day: date, *, fresh: bool = False) -> ExplainedDay:
    """The same for a whole day: every time that the backend offers, and every quarter of an hour in between.

    One call for each event type.
    """
    cast = cast_of(query)
    begin, end = midnight(checked_day(day), cast.zone), midnight(day + timedelta(days=1), cast.zone)
    seen = look(query, Range(starts_at=begin, ends_at=end, fresh=fresh), cast=cast)
    times = tuple(
        (moment, Explanation(steps=tuple(_of_all(moment, seen)), verdict=_follows(moment, seen)))
        for moment in _times(seen, begin, end)
    )
    failed = (_calendar(begin, found, _who(found, cast)) for found in seen.founds if found.error is not None)
    return ExplainedDay(time_zone=str(cast.zone), steps=(*_before(query, cast), *failed), times=times)


def _times(seen: Look, begin: datetime, end: datetime) -> list[datetime]:
    """Within the opening hours and an hour around, or from seven to nine in the evening; nothing of nobody's day."""
    offered = {moment for found in seen.founds for moment in found.starts}
    wanted = {begin + number * _QUARTER for number in range(round((end - begin) / _QUARTER))}
    return sorted(moment for moment in offered | wanted if moment in offered or _is_of_interest(moment, seen))


def _is_of_interest(moment: datetime, seen: Look) -> bool:
    for found in seen.founds:
        if found.diary.hours is None:
            if _EARLY <= moment.astimezone(seen.cast.zone).hour < _LATE:
                return True
        elif any(span.starts_at - _HOUR <= moment < span.ends_at + _HOUR for span in found.diary.hours):
            return True
    return False


def _of_all(starts_at: datetime, seen: Look) -> Iterator[Step]:
    return (step for found in seen.founds for step in _steps(starts_at, found, seen.cast))


def _follows(starts_at: datetime, seen: Look) -> Verdict:
    if seen.cast.refused is not None:
        return seen.cast.refused
    if seen.cast.unknown:
        return Unknown(sentence=seen.cast.unknown)
    return verdict(starts_at, seen, seen.founds)


def _before(query: Query, cast: Cast) -> Iterator[Step]:
    """What is looked at before anybody is asked."""
    good = {
        "service": _("“%(service)s” can be booked.") % {"service": query.service},
        "branch": _("The place is “%(branch)s”.") % {"branch": cast.branch} if cast.branch else _("No place is named."),
        "staff": _("%(staff)s performs it.") % {"staff": query.staff} if query.staff else _("Anybody will do."),
    }
    for name, refusal in checks(query, cast.branch):
        yield Step(name=name, passed=refusal is None, sentence=refusal.sentence if refusal else good[name])
        if refusal is not None:
            return
    if cast.unknown:
        yield Step(name="connection", passed=None, sentence=cast.unknown)
        return
    yield Step(name="connection", passed=True, sentence=_("The calendar is connected."))
    for refusal in cast.refusals.values():
        yield Step(name="offer", passed=False, sentence=refusal.sentence)
    if cast.refused is not None and cast.refused not in cast.refusals.values():
        yield Step(name="offer", passed=False, sentence=cast.refused.sentence)


def _steps(starts_at: datetime, found: Found, cast: Cast) -> Iterator[Step]:
    """What is looked at for one candidate."""
    who = _who(found, cast)
    wanted = {"id": found.terms.event_type_id, "minutes": found.candidate.length_min}
    yield Step(name="offer", passed=True, sentence=who + _("Event type %(id)s, for %(minutes)s minutes.") % wanted)
    yield _calendar(starts_at, found, who)
    for name, obstacle in obstacles(starts_at, found.terms, found.diary):
        sentence = words.refusal(obstacle, starts_at, found).sentence if obstacle else _good(name, found)
        yield Step(name=name, passed=obstacle is None, sentence=who + sentence)


def _who(found: Found, cast: Cast) -> str:
    """Of whom the sentence is, where there are several."""
    return f"{found.candidate.staff or _('the team')}: " if len(cast.candidates) > 1 else ""


def _calendar(starts_at: datetime, found: Found, who: str) -> Step:
    if found.error is not None or found.free is None:
        sentence = _("The calendar gives no answer: %(why)s") % {"why": found.error}
        return Step(name="calendar", passed=None, sentence=who + sentence)
    is_free = starts_at in found.starts
    if not is_free:
        return Step(name="calendar", passed=False, sentence=who + words.not_free_there(starts_at, found).sentence)
    told = {"time": f"{found.free.as_of.astimezone(found.terms.zone):%Y-%m-%d %H:%M:%S}"}
    sentence = _("The calendar offers the time.")
    if found.free.is_stale:
        sentence = _("The calendar offered the time on %(time)s; at present it gives no answer.") % told
    if found.is_doubtful(starts_at):
        sentence += " " + words.doubt()
    return Step(name="calendar", passed=True, sentence=who + sentence)


def _good(name: str, found: Found) -> str:
    if name == "hours" and found.diary.hours is None:
        return _("No opening hours are stated.")
    return {
        "time": _("It is neither past nor too soon nor too far ahead."),
        "hours": _("It is within the opening hours."),
        "absences": _("Nobody is away then."),
        "taken": _("Nothing is booked or held then, buffers included."),
        "customer": _("The customer has nothing else then."),
    }[name]
