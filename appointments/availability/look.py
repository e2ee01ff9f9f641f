"""Looking: who comes into question, what the backend says of them, and what is known here, read last.

The backend is asked first and our own tables afterwards, so that what was booked here meanwhile counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TypedDict

from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.availability.cast import Candidate, Cast, cast_of, terms_of
from appointments.availability.diary import Diary, Span, Terms
from appointments.availability.facts import Wanted, diaries, unassigned
from appointments.availability.remote import Question, Range, ask
from appointments.availability.values import Query, Slot, Unavailable
from appointments.backends import BackendError, FreeSlots
from appointments.errors import NotBookable
from appointments.models import Appointment, Hold

LONGEST = timedelta(days=28)
# Beyond, nothing can be booked anyway, and dates come to their end somewhere.
_FARTHEST = timedelta(days=800)


class Told(TypedDict):
    """The columns of values.Answer."""

    unknown: str
    retry_at: datetime | None
    refused: Unavailable | None
    is_stale: bool
    as_of: datetime | None


@dataclass(frozen=True, kw_only=True)
class Given:
    """What gives way to what is asked for: a hold of one's own, an appointment that is to be moved."""

    own_hold: Hold | None = None
    moving: Appointment | None = None


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found out about one candidate. `starts` is what the backend offers, nothing where there is an `error`.

    `shorter` is what it offers in its shortest length, where that is shorter than the one asked for.
    """

    candidate: Candidate
    terms: Terms
    diary: Diary
    starts: tuple[datetime, ...] = ()
    shorter: tuple[datetime, ...] = ()
    free: FreeSlots | None = None
    error: BackendError | None = None

    @property
    def shorter_terms(self) -> Terms:
        """The terms of the shortest length."""
        return replace(self.terms, length=timedelta(minutes=min(self.candidate.offer.lengths)))

    def is_doubtful(self, starts_at: datetime) -> bool:
        """Whether the backend may be an hour wrong about that time."""
        ends_at = starts_at + self.terms.length
        return self.free is not None and any(since < ends_at and starts_at < till for since, till in self.free.doubtful)

    def slot(self, starts_at: datetime, *, also: Sequence[int] = ()) -> Slot:
        """The time, as one that is free."""
        return Slot(
            starts_at=starts_at,
            ends_at=starts_at + self.terms.length,
            staff_id=self.candidate.staff_id,
            event_type_id=self.terms.event_type_id,
            is_stale=self.free is not None and self.free.is_stale,
            is_doubtful=self.is_doubtful(starts_at),
            also=tuple(also),
        )


@dataclass(frozen=True, kw_only=True)
class Look:
    """All that was found out. `unassigned`: booked here for whom the backend will choose, of whom it knows nothing."""

    query: Query
    cast: Cast
    founds: tuple[Found, ...] = ()
    unassigned: tuple[Span, ...] = ()

    def told(self, founds: Sequence[Found] | None = None) -> Told:
        """What every answer tells besides, about all or some."""
        founds = self.founds if founds is None else founds
        answers = [found.free for found in founds if found.free is not None]
        errors = [found.error for found in founds if found.error is not None]
        return Told(
            unknown=self.cast.unknown or unknown_of(founds),
            retry_at=max((error.retry_at for error in errors if error.retry_at), default=None),
            refused=self.cast.refused,
            is_stale=any(free.is_stale for free in answers),
            as_of=min((free.as_of for free in answers), default=None),
        )


def look(
    query: Query,
    during: Range,
    *,
    given: Given | None = None,
    cast: Cast | None = None,
    with_shorter: bool = False,
) -> Look:
    """Find out about everybody in the cast. Asks the backend: never in a transaction."""
    given = given or Given()
    cast = cast or cast_of(query, moving=given.moving)
    if not cast.candidates or cast.backend is None:
        return Look(query=query, cast=cast)
    if given.moving is not None:
        during = replace(during, moving_uid=given.moving.calcom_booking_uid)
    asked = {one: _questions(one, cast, with_shorter=with_shorter) for one in cast.candidates}
    replies = ask(cast.backend, (question for questions in asked.values() for question in questions), during)
    known = facts(query, cast, during, given=given)
    founds = []
    for one in cast.candidates:
        found = Found(candidate=one, terms=terms_of(query, one, cast), diary=known[one.staff_id])
        founds.append(_with_replies(found, [replies[question] for question in asked[one]], given.own_hold))
    return Look(query=query, cast=cast, founds=tuple(founds), unassigned=tuple(_unassigned(query, cast, during)))


def facts(query: Query, cast: Cast, during: Range, *, given: Given) -> dict[int | None, Diary]:
    """The diaries of all candidates."""
    return diaries(
        Wanted(
            company=query.company,
            places={one.staff_id: one.branch for one in cast.candidates},
            starts_at=during.starts_at,
            ends_at=during.ends_at,
            customer=query.customer,
            own_hold=given.own_hold,
            moving=given.moving,
        )
    )


def checked_instant(moment: datetime) -> datetime:
    """In UTC. Raises NotBookable for a time without a zone, or one that nobody can mean."""
    if moment.tzinfo is None:
        raise NotBookable(_("Say in which time zone that time is meant."))
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as error:
        raise NotBookable(_("There is no such time.")) from error
    checked_day(moment.date())
    return moment


def checked_day(day: date) -> date:
    """Raises NotBookable for a day that nobody can mean."""
    if abs(day - timezone.now().date()) > _FARTHEST:
        raise NotBookable(_("Choose a day within the next 365."))
    return day


def checked_range(starts_at: datetime, ends_at: datetime) -> Range:
    """The range. Raises NotBookable where it runs backwards, is too long, or is none at all."""
    starts_at, ends_at = checked_instant(starts_at), checked_instant(ends_at)
    if ends_at <= starts_at:
        raise NotBookable(_("It ends before it begins."))
    if ends_at - starts_at > LONGEST + timedelta(hours=1):
        raise NotBookable(_("Ask for %(days)s days at most.") % {"days": LONGEST.days})
    return Range(starts_at=starts_at, ends_at=ends_at)


def unknown_of(founds: Sequence[Found]) -> str:
    """Who could not be asked about, and why; empty where all were."""
    by_reason: dict[str, list[str]] = {}
    for found in founds:
        if found.error is not None:
            by_reason.setdefault(str(found.error), []).append(str(found.candidate.staff or _("the team")))
    return " ".join(
        _("Whether %(who)s has time is not known: %(why)s") % {"who": ", ".join(who), "why": why}
        for why, who in by_reason.items()
    )


def _questions(candidate: Candidate, cast: Cast, *, with_shorter: bool) -> list[Question]:
    """What to ask about a candidate: the length asked for and, with it, the shortest."""
    zone = candidate.branch.time_zone if candidate.branch else cast.zone
    lengths = [candidate.ask_length]
    if with_shorter and candidate.ask_length is not None and min(candidate.offer.lengths) < candidate.ask_length:
        lengths.append(min(candidate.offer.lengths))
    return [Question(candidate.offer.event_type_id, length_min, zone) for length_min in lengths]


def _with_replies(found: Found, replies: list[FreeSlots | BackendError], own_hold: Hold | None) -> Found:
    errors = [reply for reply in replies if isinstance(reply, BackendError)]
    if errors:
        return replace(found, error=errors[0])
    first, *others = (reply for reply in replies if isinstance(reply, FreeSlots))
    starts = sorted({*first.starts, *_hidden_by_us(found.candidate, own_hold)})
    return replace(found, starts=tuple(starts), shorter=others[0].starts if others else (), free=first)


def _hidden_by_us(candidate: Candidate, own_hold: Hold | None) -> list[datetime]:
    """The time of one's own hold: the backend hides it because we have asked it to, or are just asking."""
    if own_hold is None or not own_hold.may_be_reserved:
        return []
    is_its_time = own_hold.staff_id == candidate.staff_id and candidate.length_min <= own_hold.length_min
    return [own_hold.starts_at] if is_its_time else []


def _unassigned(query: Query, cast: Cast, during: Range) -> list[Span]:
    """Only where anybody will do: of a named person's time nobody else disposes."""
    if query.staff is not None:
        return []
    offers = (one.offer for one in cast.candidates)
    event_type_ids = {offer.event_type_id for offer in offers if offer.seats is None}
    return unassigned(query.company, event_type_ids, during.starts_at, during.ends_at)
