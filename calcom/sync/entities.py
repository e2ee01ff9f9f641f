"""Who is who and what is what: suggestions for all that waits for a person, and taking over what is not ambiguous.

The same matching as in a sync, over what was read last: Cal.com is not asked. A sync takes over what is certain; here
whoever calls says how sure it has to be.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils import timezone

from appointments.models import Service
from calcom.models import EventType, HostMapping
from calcom.sync import drift, hosts, proposals
from calcom.sync.runs import alone
from companies.models import Branch, Staff

if TYPE_CHECKING:
    from datetime import datetime

    from companies.models import Company

logger = structlog.get_logger(__name__)


class Kind(StrEnum):
    """What is mapped."""

    STAFF = "staff"
    SERVICES = "services"


@dataclass(frozen=True)
class Suggestion:
    """One user or event type of Cal.com's without a meaning; `meaning` is empty where nothing here is like it.

    `why`: what speaks for it or against it.
    """

    kind: Kind
    calcom_id: int
    name: str
    meaning: str
    confidence: int
    is_mapped: bool
    why: str


@dataclass
class MapResult:
    """mapped: now. suggested: a person decides. unlike: nothing here is like it."""

    suggestions: list[Suggestion] = field(default_factory=list)
    is_running_elsewhere: bool = False
    failures: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """The numbers by name."""
        mapped = sum(one.is_mapped for one in self.suggestions)
        unlike = sum(not one.meaning for one in self.suggestions)
        return {"mapped": mapped, "suggested": len(self.suggestions) - mapped - unlike, "unlike": unlike}

    @property
    def is_good(self) -> bool:
        """That something waits for a person is no failure."""
        return not self.failures


def map_entities(
    company: Company, *, kinds: Collection[Kind] = tuple(Kind), threshold: int = 70, is_dry_run: bool = False
) -> MapResult:
    """Map what is at least as sure as the threshold (percent) and not ambiguous; the rest are suggestions.

    What a person decided stays. A dry run tells the same and writes nothing.
    """
    result = MapResult()
    with alone(company) as is_alone:
        result.is_running_elsewhere = not is_alone
        if not is_alone:
            return result
        now = timezone.now()
        with transaction.atomic():
            if Kind.STAFF in kinds:
                result.suggestions += _staff(company, threshold, now=now)
            if Kind.SERVICES in kinds:
                result.suggestions += _services(company, threshold, now=now)
            if is_dry_run:
                transaction.set_rollback(True)
    if not is_dry_run:
        logger.info("calcom.entities.mapped", company_id=company.pk, threshold=threshold, **result.counts)
    return result


def _staff(company: Company, threshold: int, *, now: datetime) -> list[Suggestion]:
    rows = HostMapping.objects.for_company(company)
    waiting = list(rows.filter(state=HostMapping.State.PROPOSED).values_list("pk", flat=True))
    hosts.sync_hosts(company, [], now=now, threshold=threshold)
    return [_host(row) for row in rows.filter(pk__in=waiting).select_related("staff").order_by("calcom_user_id")]


def _host(row: HostMapping) -> Suggestion:
    return Suggestion(
        kind=Kind.STAFF,
        calcom_id=row.calcom_user_id,
        name=row.calcom_name or row.calcom_username,
        meaning=row.staff.name if row.staff else "",
        confidence=row.confidence,
        is_mapped=row.state == HostMapping.State.CONFIRMED,
        why=str(HostMapping.Reason(row.reason).label) if row.reason else "",
    )


def _services(company: Company, threshold: int, *, now: datetime) -> list[Suggestion]:
    rows = EventType.objects.for_company(company).filter(is_listed=True, is_active=True, mapping__isnull=True)
    waiting = dict(rows.order_by("calcom_id").values_list("pk", "calcom_id"))
    titles = dict(rows.values_list("pk", "title"))
    found = {one.event_type_id: one for one in proposals.propose(company, now=now, threshold=threshold)}
    drift.detect(company, now=now)
    named = _Names(company)
    return [
        Suggestion(
            kind=Kind.SERVICES,
            calcom_id=calcom_id,
            name=titles[pk],
            meaning=named.meaning(found[pk].meaning) if pk in found else "",
            confidence=found[pk].meaning.confidence if pk in found else 0,
            is_mapped=pk in found and found[pk].is_mapped,
            why=_why(found[pk].meaning) if pk in found else "no service is like it, or somebody has said no",
        )
        for pk, calcom_id in waiting.items()
    ]


def _why(meaning: proposals.Meaning) -> str:
    if meaning.doubt:
        return meaning.doubt.value
    return "same name and length" if meaning.confidence == proposals.CERTAIN else "similar name, same length"


class _Names:
    """The company's services, branches and staff by id."""

    def __init__(self, company: Company) -> None:
        self.services = dict(Service.objects.for_company(company).values_list("pk", "name"))
        self.branches = dict(Branch.objects.for_company(company).values_list("pk", "name"))
        self.staff = dict(Staff.objects.for_company(company).values_list("pk", "name"))

    def meaning(self, one: proposals.Meaning) -> str:
        """As "Haircut, Main Street, Stylist One"."""
        parts = [self.services[one.service_id]]
        parts += [self.branches[one.branch_id]] if one.branch_id is not None else []
        parts += [self.staff[one.staff_id]] if one.staff_id is not None else []
        return ", ".join(parts)
