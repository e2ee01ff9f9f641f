"""What an event type and a host of Cal.com mean in one company."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import connection

from appointments.backends import PlacedService, PlacedStaff, Placement
from appointments.bulk import Values, read_together
from companies.models import Branch, Company

_EVENT_TYPES = """
    SELECT event_type.calcom_id, mapping.branch_id, service.id, service.name, service.price, service.currency,
           staff.id, staff.name, staff.home_branch_id
    FROM calcom_eventtype event_type
    LEFT JOIN calcom_eventtypemapping mapping ON mapping.event_type_id = event_type.id
    LEFT JOIN appointments_service service ON service.id = mapping.service_id
    LEFT JOIN companies_staff staff ON staff.id = mapping.staff_id
    WHERE event_type.company_id = %s
"""
_HOSTS = """
    SELECT host.calcom_user_id, staff.id, staff.name, staff.home_branch_id
    FROM calcom_hostmapping host JOIN companies_staff staff ON staff.id = host.staff_id
    WHERE host.company_id = %s AND host.state = 'confirmed'
"""
_THIS = "AND event_type.calcom_id = %s"
_ITS_HOSTS = """
    AND host.calcom_user_id IN (SELECT unnest(host_ids) FROM calcom_eventtype WHERE company_id = %s AND calcom_id = %s)
"""


class CalcomPlaces:
    """The event types, mappings and hosts of one company, read once for a batch of news (two or three queries)."""

    def __init__(self, company: Company) -> None:
        self._company = company

    @property
    def event_type_ids(self) -> set[int]:
        """The Cal.com ids of all event types that the company has."""
        return set(self._event_types)

    def place(self, *, event_type_id: int | None, host_id: int | None) -> Placement:
        """The service, branch and staff member; None for what nobody mapped.

        The host that Cal.com names outweighs the event type's staff member; the branch is the mapping's, else the
        staff member's home, else the company's only one.
        """
        usual = self._event_types.get(event_type_id or 0, Placement())
        staff = self._hosts.get(host_id or 0) or usual.staff
        branch_id = usual.branch_id or (staff.home_branch_id if staff else None) or self._only_branch_id
        return Placement(service=usual.service, branch_id=branch_id, staff=staff)

    @cached_property
    def _event_types(self) -> dict[int, Placement]:
        return {calcom_id: _placement(*row) for calcom_id, *row in self._rows(_EVENT_TYPES)}

    @cached_property
    def _hosts(self) -> dict[int, PlacedStaff]:
        return {user_id: _staff(*row) for user_id, *row in self._rows(_HOSTS)}

    def _rows(self, query: str, *more: int) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(query, [self._company.pk, *more])
            return list(cursor.fetchall())

    @cached_property
    def _only_branch_id(self) -> int | None:
        branches = Branch.objects.for_company(self._company).filter(is_active=True).values_list("pk", flat=True)[:2]
        return branches[0] if len(branches) == 1 else None


class PlacesOfOne(CalcomPlaces):
    """The same for news of one booking: what it names is looked up by itself, in one trip to the database."""

    _looked_up: int | None = 0  # nothing yet: no event type has that id

    def asking(self, event_type_id: int) -> tuple[Values, Values]:
        """The queries for an event type and its hosts, for whoever goes to the database anyway. For take()."""
        one = (self._company.pk, event_type_id)
        return Values(f"{_EVENT_TYPES} {_THIS}", one), Values(f"{_HOSTS} {_ITS_HOSTS}", (self._company.pk, *one))

    def take(
        self, event_type_id: int | None, event_types: Iterable[Sequence[Any]], hosts: Iterable[Sequence[Any]]
    ) -> None:
        """Remember what asking() has found."""
        self._looked_up = event_type_id
        self._event_types = {calcom_id: _placement(*row) for calcom_id, *row in event_types}
        self._hosts = {user_id: _staff(*row) for user_id, *row in hosts}

    def place(self, *, event_type_id: int | None, host_id: int | None) -> Placement:
        """The same."""
        if event_type_id != self._looked_up or (host_id is not None and host_id not in self._hosts):
            ours = self._company.pk
            event_types, hosts = read_together(
                Values(f"{_EVENT_TYPES} {_THIS}", (ours, event_type_id)),
                Values(f"{_HOSTS} AND host.calcom_user_id = %s", (ours, host_id)),
            )
            self.take(event_type_id, event_types, hosts)
        return super().place(event_type_id=event_type_id, host_id=host_id)


def _placement(
    branch_id: int | None,
    service_id: int | None,
    service_name: str,
    price: Decimal | None,
    currency: str,
    *staff: Any,
) -> Placement:
    return Placement(
        service=None
        if service_id is None
        else PlacedService(id=service_id, name=service_name, price=price, currency=currency),
        branch_id=branch_id,
        staff=None if staff[0] is None else _staff(*staff),
    )


def _staff(pk: int, name: str, home_branch_id: int | None) -> PlacedStaff:
    return PlacedStaff(id=pk, name=name, home_branch_id=home_branch_id)
