"""What an event type and a host of Cal.com mean in one company."""

from __future__ import annotations

from functools import cached_property

from appointments.backends import PlacedService, PlacedStaff, Placement
from calcom.models import EventType, HostMapping
from companies.models import Branch, Company


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
        rows = EventType.objects.for_company(self._company).values_list(
            "calcom_id",
            "mapping__branch_id",
            "mapping__service_id",
            "mapping__service__name",
            "mapping__service__price",
            "mapping__service__currency",
            "mapping__staff_id",
            "mapping__staff__name",
            "mapping__staff__home_branch_id",
        )
        return {
            calcom_id: Placement(
                service=PlacedService(id=service_id, name=name, price=price, currency=currency) if service_id else None,
                branch_id=branch_id,
                staff=PlacedStaff(id=staff_id, name=staff_name, home_branch_id=home) if staff_id else None,
            )
            for calcom_id, branch_id, service_id, name, price, currency, staff_id, staff_name, home in rows
        }

    @cached_property
    def _hosts(self) -> dict[int, PlacedStaff]:
        rows = HostMapping.objects.for_company(self._company).filter(state=HostMapping.State.CONFIRMED)
        fields = ("calcom_user_id", "staff_id", "staff__name", "staff__home_branch_id")
        return {
            user_id: PlacedStaff(id=staff_id, name=name, home_branch_id=home)
            for user_id, staff_id, name, home in rows.values_list(*fields)
        }

    @cached_property
    def _only_branch_id(self) -> int | None:
        branches = Branch.objects.for_company(self._company).filter(is_active=True).values_list("pk", flat=True)[:2]
        return branches[0] if len(branches) == 1 else None
