"""How the appointment book's refusals are answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import availability
from appointments.api import free_shown
from appointments.availability import Query, Reason, Unavailable, Unknown
from appointments.booking.actor import NotYours
from appointments.customers import Person, known
from appointments.errors import InvalidTransition, NotBookable, SlotTaken, StaleVersion, UnknownService
from companies.api.problems import Problem, translate

translate(SlotTaken, status=409, code="slot-taken", title=gettext_lazy("Not free"))
translate(StaleVersion, status=409, code="stale-version", title=gettext_lazy("Changed meanwhile"))
translate(InvalidTransition, status=409, code="invalid-transition", title=gettext_lazy("Not possible now"))
translate(NotBookable, status=422, code="not-bookable", title=gettext_lazy("Cannot be booked"))
translate(UnknownService, status=422, code="unknown-service", title=gettext_lazy("Not offered"))
translate(NotYours, status=404, code="not-found", title=gettext_lazy("Not found"))

# What no other time would mend: the request itself has to be another one.
NEVER = frozenset(
    {
        Reason.NO_SUCH_SERVICE,
        Reason.STAFF_CANNOT,
        Reason.BRANCH_CLOSED,
        Reason.NOT_OFFERED,
        Reason.WRONG_LENGTH,
    }
)
_OUT_OF_REACH = frozenset({Reason.PAST, Reason.TOO_SOON, Reason.TOO_FAR})
_ASK_AGAIN_S = 30


def not_free(query: Query, starts_at: datetime, refusal: Unavailable, *, person: Person | None = None) -> Problem:
    """The time is not free, with other times where there may be some. Asks the backend: never in a transaction.

    `person`: for whom it was to be. Where they are a known customer, no time is named at which they are elsewhere.
    """
    if refusal.reason in NEVER | _OUT_OF_REACH:
        title, more = _("Cannot be booked"), {"reason": refusal.reason.value}
        return Problem(refusal.sentence, status=422, code="not-bookable", title=title, more=more)
    customer = query.customer or (known(query.company, person) if person else None)
    others = availability.alternatives(replace(query, customer=customer), starts_at)
    more = {"reason": refusal.reason.value, **free_shown.alternatives(others, free_shown.zone_of(query))}
    return Problem(refusal.sentence, status=409, code="slot-taken", title=_("Not free"), more=more)


def taken(query: Query, starts_at: datetime, error: SlotTaken, *, person: Person | None = None) -> Problem:
    """Somebody was faster: with the reason as it is now, and other times. Never in a transaction."""
    now = availability.check(query, starts_at)
    is_known = isinstance(now, Unavailable) and now.reason not in NEVER | _OUT_OF_REACH
    reason = now.reason if is_known and isinstance(now, Unavailable) else Reason.BOOKED
    return not_free(query, starts_at, Unavailable(reason=reason, sentence=str(error)), person=person)


def not_known(verdict: Unknown) -> Problem:
    """Nobody knows whether the time is free, and the caller wants to be sure. 424: it is another server that fails."""
    wait_s = (verdict.retry_at - timezone.now()).total_seconds() if verdict.retry_at else _ASK_AGAIN_S
    return Problem(
        verdict.sentence,
        status=424,
        code="availability-unknown",
        title=_("Not known at present"),
        headers={"Retry-After": str(max(1, round(wait_s)))},
    )
