"""Cal.com's users become hosts: who is a staff member for certain is confirmed, the rest waits for a person.

What a person decided, and what is confirmed, is never matched anew; names and addresses follow Cal.com.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from calcom.models import HostMapping, HostMappingAudit
from calcom.sync.copies import storable
from calcom.sync.host_changes import audit, facts_of
from calcom.sync.listing import Person
from calcom.sync.match import THRESHOLD, Member, accepted, match
from companies.models import Staff

if TYPE_CHECKING:
    from datetime import datetime

    from companies.models import Company

Reason = HostMapping.Reason
State = HostMapping.State

_WRITTEN = (
    "calcom_name",
    "calcom_email",
    "calcom_username",
    "staff",
    "state",
    "source",
    "confidence",
    "reason",
    "last_seen_at",
)


def sync_hosts(
    company: Company, people: Sequence[Person], *, now: datetime, threshold: int = THRESHOLD
) -> tuple[int, int]:
    """Enter the people, inside the caller's transaction. Returns how many hosts are confirmed, and how many wait.

    Whose match is at least as sure as the threshold, and not ambiguous, is confirmed; also among those who wait
    already. Seven queries, however many they are.
    """
    hosts = {host.calcom_user_id: host for host in HostMapping.objects.for_company(company).select_for_update()}
    before = {user_id: facts_of(host) for user_id, host in hosts.items()}
    for person in people:
        host = hosts.setdefault(person.user_id, _new(company, person))
        _tell(host, person)
        host.last_seen_at = now
    _match(company, hosts, threshold=threshold)
    changed = [host for user_id, host in hosts.items() if before.get(user_id) != facts_of(host)]
    HostMapping.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["company", "calcom_user_id"], update_fields=_WRITTEN
    )
    rows = (audit(host, before.get(host.calcom_user_id), reason=_why(host, before)) for host in changed)
    HostMappingAudit.objects.bulk_create(row for row in rows if row)
    seen = [person.user_id for person in people]
    HostMapping.objects.for_company(company).filter(calcom_user_id__in=seen).update(last_seen_at=now)
    states = Counter(host.state for host in hosts.values())
    return states[State.CONFIRMED], states[State.PROPOSED]


def _new(company: Company, person: Person) -> HostMapping:
    return HostMapping(
        company=company,
        calcom_user_id=person.user_id,
        state=State.PROPOSED,
        source=HostMapping.Source.BY_NAME,
        confidence=0,
        reason=Reason.NOBODY,
    )


def _tell(host: HostMapping, person: Person) -> None:
    """What Cal.com says now; what it leaves out this time is kept."""
    host.calcom_name = storable(person.name) or host.calcom_name
    host.calcom_email = storable(person.email)[:254] or host.calcom_email
    host.calcom_username = storable(person.username) or host.calcom_username


def _match(company: Company, hosts: dict[int, HostMapping], *, threshold: int) -> None:
    """Match those that wait. Who was removed by a person is proposed at most; whom one has left open, stays so."""
    by_hand = HostMapping.Source.MANUAL
    waiting = [host for host in hosts.values() if host.state == State.PROPOSED and host.source != by_hand]
    rows = Staff.objects.for_company(company).filter(is_active=True).order_by("pk")
    staff = [Member(*row) for row in rows.values_list("pk", "name", "email")]
    removed = HostMappingAudit.objects.for_company(company).filter(action=HostMappingAudit.Action.DELETED)
    removed_ids = set(removed.values_list("calcom_user_id", flat=True))
    taken = {host.staff_id for host in hosts.values() if host.state == State.CONFIRMED and host.staff_id is not None}
    found = match(
        [_person(host) for host in waiting],
        staff,
        everybody=[_person(host) for host in hosts.values()],
        taken=taken,
    )
    certain = accepted(found, threshold=threshold, taken=taken) - removed_ids
    for host in waiting:
        one = found[host.calcom_user_id]
        host.staff_id, host.source, host.confidence = one.staff_id, one.source, one.confidence
        host.state = State.CONFIRMED if host.calcom_user_id in certain else State.PROPOSED
        host.reason = Reason.REMOVED if host.calcom_user_id in removed_ids else one.reason


def _why(host: HostMapping, before: dict[int, dict[str, Any]]) -> str:
    old = before.get(host.calcom_user_id)
    is_same = old is not None and (old["staff_id"], old["state"]) == (host.staff_id, host.state)
    return Reason.DETAILS if is_same else host.reason


def _person(host: HostMapping) -> Person:
    return Person(host.calcom_user_id, host.calcom_name, host.calcom_email, host.calcom_username)
