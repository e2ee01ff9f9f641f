"""How much of what a booking could tell the appointment book knows: by column, for one company.

A column counts where it applies: a reason only of what is off, a link only of a video call. A million rows take
some seconds to count, so the numbers are kept, and say of when they are: who reads old ones has a worker count anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.cache import caches
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.models import Appointment, Attendee
from appointments.models.appointment import LocationType, Status
from companies.models import Company

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

GAPS = "gaps"
"""The parameter of the list of appointments that narrows it to what lacks a column; its value is the column's name."""

FRESH = timedelta(minutes=5)
_KEPT_S = 24 * 60 * 60

_ATTENDED = Exists(Attendee.objects.filter(appointment=OuterRef("pk")))
_FROM_BACKEND = ~Q(calcom_booking_uid="") | Q(calcom_booking_id__isnull=False)
_OFF = Q(status__in=[Status.CANCELLED, Status.REJECTED])


@dataclass(frozen=True)
class _Rule:
    """Of which appointments a column says something, and which of these lack it."""

    label: _StrPromise
    applies: Q
    lacks: Q


_RULES: dict[str, _Rule] = {
    "attendees": _Rule(_("attendees"), Q(), ~Q(_ATTENDED)),
    "responses": _Rule(_("answers"), _FROM_BACKEND, Q(responses={})),
    "location": _Rule(_("location"), Q(), Q(location_type="")),
    "metadata": _Rule(_("metadata"), _FROM_BACKEND, Q(booking_metadata={})),
    "recurrence": _Rule(_("series"), Q(is_recurring=True), Q(recurring_event_id="", series_id__isnull=True)),
    "reasons": _Rule(
        _("reasons"),
        _OFF,
        Q(status=Status.CANCELLED, cancellation_reason="") | Q(status=Status.REJECTED, rejected_reason=""),
    ),
    "hosts": _Rule(_("hosts"), _FROM_BACKEND, Q(hosts=[])),
    "meeting_url": _Rule(_("meeting URL"), Q(location_type=LocationType.VIDEO), Q(meeting_url="")),
}

NAMES = tuple(_RULES)


@dataclass(frozen=True)
class Column:
    """Of `total` appointments that the column says something of, `filled` have it."""

    name: str
    filled: int
    total: int

    @property
    def label(self) -> str:
        """The column's name for people, in their language."""
        return str(_RULES[self.name].label)

    @property
    def missing(self) -> int:
        """How many the list behind `parameters` holds."""
        return self.total - self.filled

    @property
    def percent(self) -> float:
        """0 to 100 with one decimal, rounded down: 100 only where nothing is missing."""
        return self.filled * 1000 // self.total / 10 if self.total else 100.0

    @property
    def parameters(self) -> tuple[str, str]:
        """What narrows the list of appointments to the gaps."""
        return GAPS, self.name


@dataclass(frozen=True)
class Completeness:
    """Every column, in the order in which they are shown, and of when the numbers are."""

    columns: tuple[Column, ...]
    as_of: datetime

    def percents(self) -> dict[str, float]:
        """Per cent by column."""
        return {column.name: column.percent for column in self.columns}


def completeness(company: Company) -> Completeness:
    """The numbers as they were when they were counted last; where nobody has asked for a day, counted now.

    Those that are older than some minutes are counted anew in the background, for who asks next. With the cache away
    they are counted now.
    """
    cache = caches["lenient"]
    kept = cache.get(_key(company.pk))
    if kept is None:
        return recount(company)
    found = _restored(kept)
    if timezone.now() - found.as_of >= FRESH:
        cache.set(_wanted(company.pk), 1, _KEPT_S)
    return found


def recount_wanted() -> int:
    """Count anew where somebody has read old numbers. Returns for how many companies."""
    companies = {_wanted(company.pk): company for company in Company.objects.filter(is_active=True).only("pk")}
    cache = caches["lenient"]
    wanted = [companies[key] for key in cache.get_many(companies)]
    for company in wanted:
        recount(company)
        cache.delete(_wanted(company.pk))
    return len(wanted)


def together(parts: Sequence[Completeness]) -> Completeness:
    """The numbers of several companies as one, of when the oldest of them are."""
    sums = {
        name: [sum(figures) for figures in zip(*((c.filled, c.total) for c in _named(parts, name)), strict=True)]
        for name in NAMES
    }
    columns = tuple(Column(name, *(figures or (0, 0))) for name, figures in sums.items())
    return Completeness(columns, min((part.as_of for part in parts), default=timezone.now()))


def recount(company: Company) -> Completeness:
    """Count now, and keep the numbers. One pass over the company's appointments."""
    counts: dict[str, Any] = {}
    for name, rule in _RULES.items():
        counts[f"{name}_total"] = Count("pk", filter=rule.applies) if rule.applies else Count("pk")
        counts[f"{name}_missing"] = Count("pk", filter=rule.applies & rule.lacks)
    found = Appointment.objects.for_company(company).aggregate(**counts)
    columns = tuple(
        Column(name, found[f"{name}_total"] - found[f"{name}_missing"], found[f"{name}_total"]) for name in NAMES
    )
    counted = Completeness(columns, timezone.now())
    kept = {"columns": [asdict(column) for column in columns], "as_of": str(counted.as_of)}
    caches["lenient"].set(_key(company.pk), kept, _KEPT_S)
    return counted


def lacking(name: str) -> Q:
    """What narrows appointments to those that lack a column. Raises KeyError for a name that is none."""
    rule = _RULES[name]
    return rule.applies & rule.lacks


def labels() -> list[tuple[str, _StrPromise]]:
    """The columns' names, for programs and for people."""
    return [(name, rule.label) for name, rule in _RULES.items()]


def _named(parts: Sequence[Completeness], name: str) -> list[Column]:
    return [column for part in parts for column in part.columns if column.name == name]


def _restored(kept: dict[str, Any]) -> Completeness:
    columns = tuple(Column(**column) for column in kept["columns"])
    return Completeness(columns, datetime.fromisoformat(kept["as_of"]))


def _key(company_id: int) -> str:
    return f"appointments:completeness:{company_id}"


def _wanted(company_id: int) -> str:
    return f"{_key(company_id)}:wanted"
