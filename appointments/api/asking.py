"""Whether a time is free, asked right before it is taken: outside of the transaction, and Cal.com anew.

Where Cal.com does not answer, it goes on: it is kept here, told to Cal.com later, and a refusal that comes then is
visible as needs_staff. Whoever wants to be sure says so, and is refused instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.api.free_shown import zone_of
from appointments.api.problems import NEVER, not_free, not_known, taken
from appointments.availability import Available, Query, Unavailable, Unknown, check
from appointments.customers import Person
from appointments.errors import SlotTaken
from appointments.models import Appointment, Hold
from companies.models import Staff

R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was wanted, and what came of asking. `staff`: who may take it, in turn; None: whom Cal.com chooses.

    `person`: for whom it is to be, where no customer is named.
    """

    query: Query
    starts_at: datetime
    availability: str
    staff: tuple[Staff | None, ...]
    person: Person | None = None

    def take(self, work: Callable[[Staff | None], R]) -> R:
        """Do it with the first whose time is still free. A Problem with other times where somebody was faster."""
        refusal = SlotTaken()
        for one in self.staff:
            try:
                return work(one)
            except SlotTaken as error:
                refusal = error
        raise taken(self.query, self.starts_at, refusal, person=self.person) from refusal


def ask(
    query: Query,
    starts_at: datetime,
    *,
    must_be_known: bool,
    fresh: bool = True,
    own_hold: Hold | None = None,
    moving: Appointment | None = None,
    person: Person | None = None,
) -> Asked:
    """Ask. Raises a Problem where it is not free; or not known, and has to be."""
    verdict = check(query, starts_at, fresh=fresh, own_hold=own_hold, moving=moving)
    asked = Asked(query=query, starts_at=starts_at, availability="unknown", staff=(query.staff,), person=person)
    if isinstance(verdict, Available) and verdict.slot.is_stale:
        verdict = _was_free(query, verdict)
    if isinstance(verdict, Available):
        staff = (query.staff,) if query.staff else _people(query, verdict.slot.staff_ids)
        return replace(asked, availability="available", staff=staff)
    if isinstance(verdict, Unavailable):
        if moving is None or verdict.reason not in NEVER:
            raise not_free(query, starts_at, verdict, person=person)
        verdict = Unknown(sentence=verdict.sentence)  # what was booked can be moved, whatever is on offer since
    if must_be_known:
        raise not_known(verdict)
    return asked if query.staff else replace(asked, staff=_people(query, verdict.staff_ids))


def _was_free(query: Query, verdict: Available) -> Unknown:
    """An old answer is none for whoever books; who was free then comes first all the same."""
    as_of = (verdict.as_of or timezone.now()).astimezone(zone_of(query))
    sentence = _("The calendar offered the time on %(time)s; at present it gives no answer.")
    return Unknown(sentence=sentence % {"time": f"{as_of:%Y-%m-%d %H:%M:%S}"}, staff_ids=verdict.slot.staff_ids)


def _people(query: Query, ids: Sequence[int]) -> tuple[Staff | None, ...]:
    rows = Staff.objects.for_company(query.company).select_related("home_branch").in_bulk(list(ids))
    return tuple(rows[pk] for pk in ids if pk in rows) or (None,)
