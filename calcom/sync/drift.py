"""Drift: noticed by each sync for every mapped event type, then settled by the company's policy or by a person.

warn and reject keep ours and show it; accept takes over what was changed at Cal.com, where all event types of a service
agree (else two of them would overwrite each other for ever). What was changed here is never undone by a sync.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from appointments.models import Service
from calcom.models import CalcomSettings, Drift, EventType, EventTypeMapping
from calcom.sync import agreement
from calcom.sync.agreement import LENGTH, PRICE, Differences
from calcom.sync.pages import PAGE, pages

if TYPE_CHECKING:
    from datetime import datetime

    from companies.models import Company, User

State = Drift.State

CURRENT = (State.OPEN, State.IGNORED)
_COMPARED = (
    "company",
    "event_type",
    "service",
    "branch",
    "staff",
    "agreed",
    *(f"event_type__{name}" for name in agreement.REMEMBERED),
    "event_type__length_min",
    "event_type__length_options",
    "event_type__price",
    "event_type__currency",
    "event_type__is_listed",
    "service__duration_min",
    "service__price",
    "service__currency",
)


def detect(company: Company, *, now: datetime) -> int:
    """Compare all mapped event types, inside the caller's transaction. Returns how many differences are open."""
    run = _Run(company, now=now)
    for page in pages(_mappings(company)):
        for mapping in page:
            run.compare(mapping)
        run.write_agreed()
    run.write()
    return Drift.objects.for_company(company).filter(state=State.OPEN).count()


@transaction.atomic
def accept(drift: Drift, *, by: User | None) -> bool:
    """Take theirs over. False where it was resolved meanwhile, or something stays that nobody can take over."""
    now = timezone.now()
    current = Drift.objects.select_for_update().filter(pk=drift.pk, state__in=CURRENT).first()
    mapping = _mapping_of(drift)
    if current is None or mapping is None:
        return False
    found = agreement.differences(mapping)
    taken = agreement.acceptable(mapping, found)
    rest = {name: values for name, values in found.items() if name not in taken}
    agreement.take_over(mapping.service, mapping.event_type, taken)
    mapping.service.save(update_fields=["duration_min", "price", "currency"])
    mapping.agreed = agreement.agreed_after(mapping, rest)
    mapping.save(update_fields=["agreed"])
    if rest:
        if taken:
            _resolved(mapping, taken, now=now, by=by, since=current.detected_at).save()
        current.differences, current.severity = rest, agreement.severity_of(rest)
    else:
        current.state, current.resolved_at, current.resolved_by = State.ACCEPTED, now, by
    current.save()
    return not rest


def ignore(drift: Drift, *, by: User | None) -> bool:
    """Be quiet about it until something else differs. False where it is not open any more."""
    rows = Drift.objects.filter(pk=drift.pk, state=State.OPEN)
    return bool(rows.update(state=State.IGNORED, resolved_at=timezone.now(), resolved_by=by))


class _Run:
    """One comparison of a company's event types: what is to be written at its end."""

    def __init__(self, company: Company, *, now: datetime) -> None:
        self.company, self.now = company, now
        policy = CalcomSettings.objects.for_company(company).values_list("external_changes", flat=True).first()
        self.accepts = policy == CalcomSettings.Changes.ACCEPT
        rows = Drift.objects.for_company(company).filter(state__in=CURRENT).select_for_update()
        self.current = {drift.event_type_id: drift for drift in rows}
        self.said = _said_of_services(company) if self.accepts else {}
        self.agreed: list[EventTypeMapping] = []
        self.new: list[Drift] = []
        self.changed: list[Drift] = []
        self.taken: dict[int, list[tuple[EventType, Differences]]] = defaultdict(list)

    def compare(self, mapping: EventTypeMapping) -> None:
        """Note what differs now, what was taken over, and what differs no longer."""
        found = agreement.differences(mapping)
        taken = self._to_take(mapping, found) if self.accepts and found else {}
        rest = {name: values for name, values in found.items() if name not in taken}
        if taken:
            self.taken[mapping.service_id].append((mapping.event_type, taken))
            self.new.append(_resolved(mapping, taken, now=self.now))
        agreed = agreement.agreed_after(mapping, rest)
        if agreed != mapping.agreed:
            mapping.agreed = agreed
            self.agreed.append(mapping)
        self._note(mapping, rest)

    def _to_take(self, mapping: EventTypeMapping, found: Differences) -> Differences:
        taken = agreement.acceptable(mapping, agreement.moved_there(mapping, found))
        return {
            name: values
            for name, values in taken.items()
            if name not in (LENGTH, PRICE) or len(self.said[mapping.service_id, name]) == 1
        }

    def _note(self, mapping: EventTypeMapping, rest: Differences) -> None:
        drift = self.current.pop(mapping.event_type_id, None)
        if drift is None:
            if rest:
                self.new.append(_drift(mapping, rest, now=self.now))
            return
        if not rest:
            self._settle(drift)
        elif drift.differences != rest:
            drift.differences, drift.severity = rest, agreement.severity_of(rest)
            drift.state, drift.detected_at, drift.resolved_at, drift.resolved_by = State.OPEN, self.now, None, None
            self.changed.append(drift)

    def _settle(self, drift: Drift) -> None:
        drift.state, drift.resolved_at = State.SETTLED, self.now
        self.changed.append(drift)

    def write_agreed(self) -> None:
        """One query for a page. The rows are locked: none can have been deleted meanwhile."""
        EventTypeMapping.objects.bulk_create(
            self.agreed, update_conflicts=True, unique_fields=["id"], update_fields=["agreed"]
        )
        self.agreed = []

    def write(self) -> None:
        """Drifts and services. What is left in `current` has lost its mapping."""
        for drift in self.current.values():
            self._settle(drift)
        fields = ["differences", "severity", "state", "detected_at", "resolved_at", "resolved_by"]
        Drift.objects.bulk_create(self.changed, update_conflicts=True, unique_fields=["id"], update_fields=fields)
        Drift.objects.bulk_create(self.new)
        services = Service.objects.for_company(self.company).select_for_update().filter(pk__in=self.taken)
        changed = list(services) if self.taken else []
        for service in changed:
            for event_type, taken in self.taken[service.pk]:
                agreement.take_over(service, event_type, taken)
        Service.objects.bulk_update(changed, ["duration_min", "price", "currency"])


def _mappings(company: Company) -> Iterator[EventTypeMapping]:
    rows = EventTypeMapping.objects.for_company(company).select_related("event_type", "service").order_by("pk")
    return rows.select_for_update(of=("self",)).only(*_COMPARED).iterator(chunk_size=PAGE)


def _mapping_of(drift: Drift) -> EventTypeMapping | None:
    rows = EventTypeMapping.objects.select_for_update(of=("self",)).select_related("event_type", "service")
    return rows.filter(event_type=drift.event_type_id).first()


def _said_of_services(company: Company) -> dict[tuple[int, str], set[str]]:
    """What all event types of a service say of its length and price."""
    rows = EventTypeMapping.objects.for_company(company).filter(event_type__is_listed=True).order_by()
    said: dict[tuple[int, str], set[str]] = defaultdict(set)
    fields = ("service_id", "event_type__length_min", "event_type__price", "event_type__currency")
    for service_id, length_min, price, currency in rows.values_list(*fields).iterator(chunk_size=PAGE):
        said[service_id, LENGTH].add(str(length_min))
        said[service_id, PRICE].add(f"{price} {currency}")
    return said


def _drift(mapping: EventTypeMapping, found: Differences, *, now: datetime) -> Drift:
    return Drift(
        company_id=mapping.company_id,
        event_type_id=mapping.event_type_id,
        differences=found,
        severity=agreement.severity_of(found),
        detected_at=now,
    )


def _resolved(
    mapping: EventTypeMapping,
    taken: Differences,
    *,
    now: datetime,
    by: User | None = None,
    since: datetime | None = None,
) -> Drift:
    drift = _drift(mapping, taken, now=since or now)
    drift.state, drift.resolved_at, drift.resolved_by = State.ACCEPTED, now, by
    return drift
