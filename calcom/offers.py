"""Which event type is booked for a service, somewhere, by somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from appointments.backends import Offer
from calcom.models import EventType, EventTypeMapping, HostMapping

if TYPE_CHECKING:
    from companies.models import Company

Caution = EventType.Caution

_CANNOT_BE_BOOKED = [Caution.MANAGED_PARENT.value, Caution.NO_HOSTS.value]


def offer_of(company: Company, *, service_id: int, branch_id: int | None, staff_id: int | None) -> Offer | None:
    """The event type that fits best; None where none does. One query, two for a staff member.

    For a staff member: the one mapped to them, else one that they host alone, else a team's that they belong to. For
    nobody in particular: a team's, else the first. One of the very branch comes before one of no branch.
    """
    mappings = EventTypeMapping.objects.for_company(company).filter(
        service_id=service_id, event_type__company=company, event_type__is_active=True, event_type__is_listed=True
    )
    if branch_id is not None:
        mappings = mappings.filter(Q(branch_id=branch_id) | Q(branch=None))
    host_ids = set[int]() if staff_id is None else _hosts(company, staff_id)
    ranked = [
        (rank, mapping.branch_id is None, mapping.event_type.calcom_id, mapping.event_type)
        for mapping in mappings.exclude(event_type__warnings__overlap=_CANNOT_BE_BOOKED).select_related("event_type")
        if (rank := _rank(mapping, staff_id=staff_id, host_ids=host_ids)) is not None
    ]
    return _offer(min(ranked, key=lambda one: one[:3])[3]) if ranked else None


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


def _hosts(company: Company, staff_id: int) -> set[int]:
    """Cal.com's ids of a staff member."""
    confirmed = HostMapping.objects.for_company(company).filter(staff_id=staff_id, state=HostMapping.State.CONFIRMED)
    return set(confirmed.values_list("calcom_user_id", flat=True))


def _offer(event_type: EventType) -> Offer:
    usual = [] if event_type.length_min is None else [event_type.length_min]
    return Offer(
        event_type_id=event_type.calcom_id,
        lengths=tuple(dict.fromkeys([*usual, *sorted(event_type.length_options)])),
        needs_confirmation=event_type.requires_confirmation,
        seats=event_type.seats,
        allows_guests=not event_type.disable_guests and event_type.seats is None,
    )
