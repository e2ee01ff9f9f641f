"""What an event type means: entered by itself where that is certain, else proposed to a person.

Certain is: exactly one service has the same name and length; who performs it is known (its only host is a confirmed
staff member, or it is a round robin of several); nothing else has the same meaning; it can be booked, and waits for
all of its hosts in no case (L-38, L-39, L-50).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from rapidfuzz import fuzz, process

from appointments.models import Service
from calcom.models import EventType, EventTypeMapping, HostMapping, MappingProposal
from calcom.sync import names
from calcom.sync.agreement import agreed_of
from calcom.sync.pages import PAGE, pages
from companies.models import Branch

if TYPE_CHECKING:
    from datetime import datetime

    from companies.models import Company, User

State = MappingProposal.State
Caution = EventType.Caution

CERTAIN = 100
_SAME_NAME = 85
_SIMILAR = 75.0
_MARGIN = 10.0
_NEEDED = ("pk", "title", "length_min", "length_options", "host_ids", "warnings", "scheduling_type", "calcom_team_id")


class Doubt(StrEnum):
    """What only a person can say, however sure the rest is."""

    LENGTH = "the service has another length"
    SEVERAL = "several services fit"
    WHO = "who performs it is not known"
    ALL_HOSTS = "it waits for all of its hosts"
    RIVAL = "another event type means the same"
    TAKEN = "another event type has this meaning already"


@dataclass(frozen=True, slots=True)
class Meaning:
    """Service, branch and staff member by id, and how sure that is, in percent."""

    service_id: int
    branch_id: int | None
    staff_id: int | None
    confidence: int
    doubt: Doubt | None = field(default=None, compare=False)

    @property
    def key(self) -> tuple[int, int | None, int | None]:
        """What two event types should not both mean."""
        return self.service_id, self.branch_id, self.staff_id


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one event type without a meaning: it was mapped, or it waits for a person."""

    event_type_id: int
    meaning: Meaning
    is_mapped: bool


def propose(company: Company, *, now: datetime, threshold: int = CERTAIN) -> list[Found]:
    """Map what is certain and propose the rest, inside the caller's transaction.

    Certain is what is at least as sure as the threshold and leaves no doubt. The same number of queries, however many
    there are.
    """
    before = _waiting(company)
    finder = _Finder(company)
    found = {row: meaning for row in _unmapped(company) if (meaning := finder.find(row))}
    mapped = _taken(company)
    rivals = Counter(meaning.key for meaning in found.values())
    for row, meaning in found.items():
        doubt = Doubt.RIVAL if rivals[meaning.key] > 1 else Doubt.TAKEN if meaning.key in mapped else None
        found[row] = replace(meaning, doubt=meaning.doubt or doubt)
    certain = {row: one for row, one in found.items() if one.confidence >= threshold and one.doubt is None}
    _enter(company, certain, now=now)
    waiting = {row: meaning for row, meaning in found.items() if row not in certain}
    new = {row: meaning for row, meaning in waiting.items() if before.pop(row.pk, None) != meaning}
    _write(company, new, State.WAITING, now=now)
    MappingProposal.objects.filter(state=State.WAITING, event_type__in=before).delete()
    return [Found(row.pk, meaning, is_mapped=row in certain) for row, meaning in found.items()]


def tally(found: Sequence[Found]) -> tuple[int, int]:
    """How many were mapped, and how many wait."""
    mapped = sum(one.is_mapped for one in found)
    return mapped, len(found) - mapped


@transaction.atomic
def confirm(proposal: MappingProposal, *, by: User) -> bool:
    """Make the proposal true. False where it was decided meanwhile, or the event type has a meaning already."""
    if not _decide(proposal, State.CONFIRMED, by=by):
        return False
    mapping, is_new = EventTypeMapping.objects.get_or_create(
        event_type=proposal.event_type,
        defaults={
            "company_id": proposal.company_id,
            "service_id": proposal.service_id,
            "branch_id": proposal.branch_id,
            "staff_id": proposal.staff_id,
            "agreed": agreed_of(proposal.event_type),
        },
    )
    return is_new and mapping.pk is not None


def dismiss(proposal: MappingProposal, *, by: User) -> bool:
    """It is wrong, and is not proposed again. False where it was decided meanwhile."""
    return _decide(proposal, State.DISMISSED, by=by)


def _decide(proposal: MappingProposal, state: State, *, by: User) -> bool:
    waiting = MappingProposal.objects.filter(pk=proposal.pk, state=State.WAITING)
    return bool(waiting.update(state=state, decided_at=timezone.now(), decided_by=by))


@dataclass(frozen=True, eq=False, slots=True)
class _Unmapped:
    """An event type without a meaning."""

    pk: int
    title: str
    length_min: int | None
    length_options: list[int]
    host_ids: list[int]
    warnings: list[str]
    scheduling_type: str
    team_id: int | None

    @property
    def lengths(self) -> set[int]:
        """All lengths in which it can be booked."""
        return {*self.length_options, *([] if self.length_min is None else [self.length_min])}


def _unmapped(company: Company) -> Iterator[_Unmapped]:
    """Those that may be given a meaning; not what somebody has decided about before."""
    rows = EventType.objects.for_company(company).filter(is_listed=True, is_active=True, mapping__isnull=True)
    rows = rows.exclude(proposal__state__in=[State.CONFIRMED, State.DISMISSED]).order_by("pk")
    for values in rows.values_list(*_NEEDED).iterator(chunk_size=PAGE):
        yield _Unmapped(*values)


def _waiting(company: Company) -> dict[int, Meaning]:
    """What waits, by event type. Locked: decisions wait until we are done."""
    rows = MappingProposal.objects.for_company(company).filter(state=State.WAITING).select_for_update().order_by("pk")
    fields = ("event_type_id", "service_id", "branch_id", "staff_id", "confidence")
    return {event_type_id: Meaning(*values) for event_type_id, *values in rows.values_list(*fields)}


def _taken(company: Company) -> set[tuple[int, int | None, int | None]]:
    rows = EventTypeMapping.objects.for_company(company).order_by()
    return set(rows.values_list("service_id", "branch_id", "staff_id"))


class _Finder:
    """The services, hosts and branches of one company, read once."""

    def __init__(self, company: Company) -> None:
        services = Service.objects.for_company(company).filter(is_active=True)
        self.services: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for pk, name, duration_min in services.values_list("pk", "name", "duration_min"):
            self.services[names.service(name)].append((pk, duration_min))
        self.titles = list(self.services)
        hosts = HostMapping.objects.for_company(company).filter(state=HostMapping.State.CONFIRMED)
        self.staff: dict[int, int | None] = dict(hosts.values_list("calcom_user_id", "staff_id"))
        branches = Branch.objects.for_company(company).filter(is_active=True, calcom_team_id__isnull=False)
        self.branches: dict[int | None, list[int]] = defaultdict(list)
        for team_id, pk in branches.values_list("calcom_team_id", "pk"):
            self.branches[team_id].append(pk)

    def find(self, row: _Unmapped) -> Meaning | None:
        """The most probable meaning; None where nothing is like it, or where it cannot be booked."""
        if Caution.MANAGED_PARENT in row.warnings:
            return None
        title = names.service(row.title)
        same = self.services.get(title, [])
        fitting = [pk for pk, duration_min in same if duration_min in row.lengths]
        who = self._doubt_about_who(row)
        if len(fitting) == 1:
            return self._meaning(row, fitting[0], _SAME_NAME if who else CERTAIN, who)
        if same:
            doubt = Doubt.SEVERAL if fitting else Doubt.LENGTH
            return self._meaning(row, (fitting or [same[0][0]])[0], _SAME_NAME - 1, doubt)
        return self._similar(row, title, who)

    def _similar(self, row: _Unmapped, title: str, who: Doubt | None) -> Meaning | None:
        found = process.extract(title, self.titles, scorer=fuzz.token_sort_ratio, limit=2, score_cutoff=_SIMILAR)
        if not found:
            return None
        name, score, _ = found[0]
        fitting = [pk for pk, duration_min in self.services[name] if duration_min in row.lengths]
        if len(fitting) != 1:
            return None
        is_close = len(found) > 1 and score - found[1][1] < _MARGIN
        return self._meaning(row, fitting[0], min(int(score), _SAME_NAME - 5), Doubt.SEVERAL if is_close else who)

    def _meaning(self, row: _Unmapped, service_id: int, confidence: int, doubt: Doubt | None) -> Meaning:
        staff_id = self.staff.get(row.host_ids[0]) if len(row.host_ids) == 1 else None
        branches = self.branches.get(row.team_id, []) if row.team_id else []
        return Meaning(service_id, branches[0] if len(branches) == 1 else None, staff_id, confidence, doubt)

    def _doubt_about_who(self, row: _Unmapped) -> Doubt | None:
        if Caution.COLLECTIVE in row.warnings:
            return Doubt.ALL_HOSTS
        if len(row.host_ids) == 1:
            return None if self.staff.get(row.host_ids[0]) is not None else Doubt.WHO
        is_team = len(row.host_ids) > 1 and row.scheduling_type == EventType.Scheduling.ROUND_ROBIN
        return None if is_team else Doubt.WHO


def _enter(company: Company, certain: dict[_Unmapped, Meaning], *, now: datetime) -> None:
    """The mappings; `agreed` is filled by the drift detection, which comes next."""
    for page in pages(certain.items()):
        EventTypeMapping.objects.bulk_create(
            (
                EventTypeMapping(
                    company=company,
                    event_type_id=row.pk,
                    service_id=meaning.service_id,
                    branch_id=meaning.branch_id,
                    staff_id=meaning.staff_id,
                )
                for row, meaning in page
            ),
            ignore_conflicts=True,  # a person may be faster
        )
    _write(company, certain, State.CONFIRMED, now=now)


def _write(company: Company, meanings: dict[_Unmapped, Meaning], state: State, *, now: datetime) -> None:
    for page in pages(meanings.items()):
        MappingProposal.objects.bulk_create(
            (_proposal(company, row, meaning, state, now=now) for row, meaning in page),
            update_conflicts=True,
            unique_fields=["event_type"],
            update_fields=["service", "branch", "staff", "confidence", "state", "decided_at"],
        )


def _proposal(company: Company, row: _Unmapped, meaning: Meaning, state: State, *, now: datetime) -> MappingProposal:
    return MappingProposal(
        company=company,
        event_type_id=row.pk,
        service_id=meaning.service_id,
        branch_id=meaning.branch_id,
        staff_id=meaning.staff_id,
        confidence=meaning.confidence,
        state=state,
        proposed_at=now,
        decided_at=None if state == State.WAITING else now,
    )
