"""Why a time is not free, in sentences for people. Times are in the zone of the branch."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from appointments.availability.diary import Away, Busy, Span
from appointments.availability.look import Found
from appointments.availability.offered import Obstacle
from appointments.availability.values import Reason, Unavailable
from appointments.rules import HORIZON


def refusal(obstacle: Obstacle, starts_at: datetime, found: Found) -> Unavailable:
    """The obstacle as an answer."""
    return Unavailable(reason=obstacle.reason, sentence=_SENTENCES[obstacle.reason](obstacle, starts_at, found))


def not_free_there(starts_at: datetime, found: Found) -> Unavailable:
    """The backend does not offer the time: what it offers instead that day."""
    near = ", ".join(_clock(one, found) for one in _near(starts_at, found))
    time = {"time": _clock(starts_at, found)}
    if near:
        sentence = _("The calendar has nothing free at %(time)s. Nearest that day: %(near)s.") % {**time, "near": near}
    else:
        sentence = _("The calendar has nothing free that day.")
    if found.is_doubtful(starts_at):
        sentence += " " + doubt()
    free = found.free
    return Unavailable(
        reason=Reason.NOT_FREE_THERE,
        sentence=sentence,
        as_of=free.as_of if free else None,
        is_stale=free is not None and free.is_stale,
    )


def too_short(starts_at: datetime, found: Found) -> Unavailable:
    """Only something shorter has room."""
    words = {
        "time": _clock(starts_at, found),
        "wanted": found.candidate.length_min,
        "shortest": min(found.candidate.offer.lengths),
    }
    sentence = _("From %(time)s on there is time for %(shortest)s minutes, but not for %(wanted)s.") % words
    return Unavailable(reason=Reason.TOO_SHORT, sentence=sentence)


def doubt() -> str:
    """What a doubtful time is."""
    return _("Clocks change that night: the calendar's hours may lie an hour off.")


def _near(starts_at: datetime, found: Found) -> list[datetime]:
    """What is offered that day just before and after."""
    day = starts_at.astimezone(found.terms.zone).date()
    same_day = [one for one in found.starts if one.astimezone(found.terms.zone).date() == day]
    at = bisect_left(same_day, starts_at)
    return same_day[max(at - 1, 0) : at + 1]


def _past(_obstacle: Obstacle, _starts_at: datetime, found: Found) -> str:
    return _("That time is past. Possible from %(time)s.") % {"time": _full(found.terms.earliest, found)}


def _too_soon(_obstacle: Obstacle, _starts_at: datetime, found: Found) -> str:
    minutes = round((found.terms.earliest - found.terms.now) / timedelta(minutes=1))
    words = {"minutes": minutes, "time": _full(found.terms.earliest, found)}
    return _("It has to be booked %(minutes)s minutes ahead: possible from %(time)s.") % words


def _too_far(_obstacle: Obstacle, _starts_at: datetime, found: Found) -> str:
    words = {"days": HORIZON.days, "time": _full(found.terms.latest, found)}
    return _("Bookings reach %(days)s days ahead: possible until %(time)s.") % words


def _outside_hours(_obstacle: Obstacle, starts_at: datetime, found: Found) -> str:
    day = starts_at.astimezone(found.terms.zone).date()
    spans = [span for span in found.diary.hours or () if span.starts_at.astimezone(found.terms.zone).date() == day]
    branch = found.candidate.branch
    if not spans:
        return _("“%(branch)s” is closed that day.") % {"branch": branch}
    hours = ", ".join(_between(span, found) for span in spans)
    return _("“%(branch)s” is open that day from %(hours)s.") % {"branch": branch, "hours": hours}


def _absent(obstacle: Obstacle, _starts_at: datetime, found: Found) -> str:
    words = _times(obstacle, found)
    if isinstance(obstacle.span, Away) and obstacle.span.is_branch:
        return _("“%(branch)s” is closed from %(start)s to %(end)s.") % {**words, "branch": found.candidate.branch}
    return _("%(staff)s is away from %(start)s to %(end)s.") % {**words, "staff": found.candidate.staff}


def _booked(obstacle: Obstacle, _starts_at: datetime, found: Found) -> str:
    words = {**_times(obstacle, found), "staff": found.candidate.staff}
    return _("%(staff)s has another appointment from %(start)s to %(end)s.") % words


def _held(obstacle: Obstacle, _starts_at: datetime, found: Found) -> str:
    until = obstacle.span.held_until if isinstance(obstacle.span, Busy) else None
    words = {**_times(obstacle, found), "until": _clock(until or found.terms.now, found)}
    return _("The time from %(start)s to %(end)s is held for somebody until %(until)s.") % words


def _buffer(obstacle: Obstacle, _starts_at: datetime, found: Found) -> str:
    words = {
        **_times(obstacle, found),
        "before": round(found.terms.before / timedelta(minutes=1)),
        "after": round(found.terms.after / timedelta(minutes=1)),
    }
    return (
        _(
            "Too close to the appointment from %(start)s to %(end)s: before this one %(before)s minutes have to stay"
            " free and %(after)s after it, besides what the other one needs."
        )
        % words
    )


def _customer_busy(obstacle: Obstacle, _starts_at: datetime, found: Found) -> str:
    words = _times(obstacle, found)
    return _("The customer has an appointment from %(start)s to %(end)s already.") % words


_SENTENCES = {
    Reason.PAST: _past,
    Reason.TOO_SOON: _too_soon,
    Reason.TOO_FAR: _too_far,
    Reason.OUTSIDE_HOURS: _outside_hours,
    Reason.ABSENT: _absent,
    Reason.BOOKED: _booked,
    Reason.HELD: _held,
    Reason.BUFFER: _buffer,
    Reason.CUSTOMER_BUSY: _customer_busy,
}


def _times(obstacle: Obstacle, found: Found) -> dict[str, str]:
    span = obstacle.span
    own = span.own if isinstance(span, Busy) else span
    if own is None:
        return {"start": "", "end": ""}
    is_one_day = own.ends_at - own.starts_at < timedelta(hours=12)
    end = _clock(own.ends_at, found) if is_one_day else _full(own.ends_at, found)
    return {"start": _full(own.starts_at, found), "end": end}


def _between(span: Span, found: Found) -> str:
    ends_at = _clock(span.ends_at, found)
    return _("%(start)s to %(end)s") % {"start": _clock(span.starts_at, found), "end": ends_at}


def _full(moment: datetime, found: Found) -> str:
    return f"{moment.astimezone(found.terms.zone):%Y-%m-%d %H:%M}"


def _clock(moment: datetime, found: Found) -> str:
    return f"{moment.astimezone(found.terms.zone):%H:%M}"
