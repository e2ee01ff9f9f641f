"""Is it free at just this time? Three answers: yes, no and why, and not known.

What is known here decides first: for that nobody has to be asked. Right before booking one asks `fresh`, outside of
the transaction; what is known here is then read once more, after the backend's answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from appointments.availability import words
from appointments.availability.cast import Cast, cast_of, terms_of
from appointments.availability.look import Found, Given, Look, checked_instant, facts, look
from appointments.availability.offered import obstacle
from appointments.availability.remote import Range
from appointments.availability.team import free_slots, in_turn
from appointments.availability.values import Available, Query, Unavailable, Unknown, Verdict
from appointments.models import Appointment, Hold
from appointments.wall_time import midnight


def check(
    query: Query,
    starts_at: datetime,
    *,
    fresh: bool = False,
    own_hold: Hold | None = None,
    moving: Appointment | None = None,
) -> Verdict:
    """Whether the time is free, exactly; never one near to it.

    `own_hold` does not stand in its own way, nor does the appointment that is `moving`. `fresh` asks the backend anew.
    Never in a transaction. Raises NotBookable for a time without a zone.
    """
    starts_at, given = checked_instant(starts_at), Given(own_hold=own_hold, moving=moving)
    cast = cast_of(query, moving=moving)
    during = replace(day_around(starts_at, cast), fresh=fresh)
    if cast.refused is not None:
        return cast.refused
    if cast.unknown:
        return Unknown(sentence=cast.unknown)
    here = _here(query, cast, during, given)
    open_to = [found.candidate for found in here if obstacle(starts_at, found.terms, found.diary) is None]
    if not open_to:
        return _no(starts_at, here)
    seen = look(query, during, given=given, cast=replace(cast, candidates=tuple(open_to)))
    asked = {found.candidate.staff_id for found in seen.founds}
    return verdict(starts_at, seen, [*seen.founds, *(one for one in here if one.candidate.staff_id not in asked)])


def verdict(starts_at: datetime, seen: Look, founds: Sequence[Found]) -> Verdict:
    """What follows from all that was found: free with one is free, and not known of one is not known."""
    slot = next((slot for slot in free_slots(seen) if slot.starts_at == starts_at), None)
    if slot is not None:
        return Available(slot=slot, as_of=seen.told()["as_of"])
    open_to = [found for found in seen.founds if obstacle(starts_at, found.terms, found.diary) is None]
    told = seen.told(open_to)
    if told["unknown"]:
        turn = in_turn(seen, starts_at, [found for found in open_to if found.error is not None])
        staff_ids = tuple(found.candidate.staff_id for found in turn if found.candidate.staff_id is not None)
        return Unknown(sentence=told["unknown"], retry_at=told["retry_at"], staff_ids=staff_ids)
    return _no(starts_at, founds)


def day_around(moment: datetime, cast: Cast) -> Range:
    """The whole day on the branch's clocks: what is asked by days is kept by days."""
    day = moment.astimezone(cast.zone).date()
    return Range(starts_at=midnight(day, cast.zone), ends_at=midnight(day + timedelta(days=1), cast.zone))


def reason_against(starts_at: datetime, found: Found) -> Unavailable:
    """Why somebody is not free; what is known here says more than the backend."""
    standing = obstacle(starts_at, found.terms, found.diary)
    return words.not_free_there(starts_at, found) if standing is None else words.refusal(standing, starts_at, found)


def _here(query: Query, cast: Cast, during: Range, given: Given) -> list[Found]:
    """All candidates with what is known here."""
    known = facts(query, cast, during, given=given)
    return [
        Found(candidate=one, terms=terms_of(query, one, cast), diary=known[one.staff_id]) for one in cast.candidates
    ]


def _no(starts_at: datetime, founds: Sequence[Found]) -> Unavailable:
    """The reason; of several people everybody's, and the first one's counts."""
    reasons = [reason_against(starts_at, found) for found in founds]
    if len(reasons) == 1:
        return reasons[0]
    names = [str(found.candidate.staff or _("the team")) for found in founds]
    parts = [f"{name}: {reason.sentence}" for name, reason in zip(names, reasons, strict=True)]
    return replace(reasons[0], sentence=_("Nobody is free then. %(parts)s") % {"parts": " ".join(dict.fromkeys(parts))})
