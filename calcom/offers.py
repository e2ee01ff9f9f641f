"""Which event type is booked for a service, somewhere, by somebody."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db.models import Q

from appointments.backends import Offer
from calcom.models import EventType, EventTypeMapping, HostMapping

if TYPE_CHECKING:
    from companies.models import Company

Caution = EventType.Caution

_CANNOT_BE_BOOKED = [Caution.MANAGED_PARENT.value, Caution.NO_HOSTS.value]
# Forms, places and texts are long, and not needed.
_MAPPED = (
    "staff_id",
    "branch_id",
    *(
        f"event_type__{name}"
        for name in (
            "calcom_id",
            "length_min",
            "length_options",
            "scheduling_type",
            "requires_confirmation",
            "disable_guests",
            "seats",
            "notice_min",
            "buffer_before_min",
            "buffer_after_min",
            "host_ids",
        )
    ),
)


def offer_of(company: Company, *, service_id: int, branch_id: int | None, staff_id: int | None) -> Offer | None:
    """The event type that fits best; None where none does. One query, or two.

    For a staff member: the one mapped to them, else one that they host alone, else a team's that they belong to. For
    nobody in particular: a team's, else the first. One of the very branch comes before one of no branch.
    """
    return offers_of(company, service_id=service_id, branch_id=branch_id, staff_ids=[staff_id]).get(staff_id)


def offers_of(
    company: Company, *, service_id: int, branch_id: int | None, staff_ids: Collection[int | None]
) -> dict[int | None, Offer]:
    """offer_of() for several at once, in two queries at most; None stands for nobody in particular."""
    mappings = EventTypeMapping.objects.for_company(company).filter(
        service_id=service_id, event_type__company=company, event_type__is_active=True, event_type__is_listed=True
    )
    if branch_id is not None:
        mappings = mappings.filter(Q(branch_id=branch_id) | Q(branch=None))
    mappings = mappings.exclude(event_type__warnings__overlap=_CANNOT_BE_BOOKED)
    usable = list(mappings.select_related("event_type").only(*_MAPPED))
    with_their_own = {None, *(mapping.staff_id for mapping in usable)}
    hosts = _hosts(company, {staff_id for staff_id in staff_ids if staff_id not in with_their_own and staff_id})
    best = {staff_id: _best(usable, staff_id, hosts) for staff_id in staff_ids}
    return {staff_id: _offer(event_type) for staff_id, event_type in best.items() if event_type is not None}


def _best(usable: list[EventTypeMapping], staff_id: int | None, hosts: dict[int, set[int]]) -> EventType | None:
    host_ids = hosts.get(staff_id or 0, set())
    ranked = [
        (rank, mapping.branch_id is None, mapping.event_type.calcom_id, mapping.event_type)
        for mapping in usable
        if (rank := _rank(mapping, staff_id=staff_id, host_ids=host_ids)) is not None
    ]
    return min(ranked, key=lambda one: one[:3])[3] if ranked else None


def _rank(mapping: EventTypeMapping, *, staff_id: int | None, host_ids: set[int]) -> int | None:
    """How well a mapping fits, 0 is best; None: not at all."""
    hosts = set(mapping.event_type.host_ids)
    is_collective = mapping.event_type.scheduling_type == EventType.Scheduling.COLLECTIVE
    if staff_id is None:
        return int(mapping.staff_id is not None)
    if mapping.staff_id is not None:
        return 0 if mapping.staff_id == staff_id else None
    if not hosts & host_ids:
        return None
    return 1 if len(hosts) == 1 else 2 + int(is_collective)


def _hosts(company: Company, staff_ids: set[int]) -> dict[int, set[int]]:
    """Cal.com's ids of each staff member."""
    hosts: dict[int, set[int]] = {staff_id: set() for staff_id in staff_ids}
    if not staff_ids:
        return hosts
    confirmed = HostMapping.objects.for_company(company).filter(
        staff_id__in=staff_ids, state=HostMapping.State.CONFIRMED
    )
    for staff_id, host_id in confirmed.values_list("staff_id", "calcom_user_id"):
        if staff_id is not None:
            hosts[staff_id].add(host_id)
    return hosts


def _offer(event_type: EventType) -> Offer:
    usual = [] if event_type.length_min is None else [event_type.length_min]
    return Offer(
        event_type_id=event_type.calcom_id,
        lengths=tuple(dict.fromkeys([*usual, *sorted(event_type.length_options)])),
        needs_confirmation=event_type.requires_confirmation,
        seats=event_type.seats,
        is_shared=len(event_type.host_ids) > 1,
        allows_guests=not event_type.disable_guests and event_type.seats is None,
        notice_min=event_type.notice_min or 0,
        buffer_before_min=event_type.buffer_before_min or 0,
        buffer_after_min=event_type.buffer_after_min or 0,
    )
