"""What an event type and a host of Cal.com mean in one company."""

from __future__ import annotations

from django.utils.functional import cached_property

from appointments.backends import Placement
from calcom.models import EventTypeMapping, HostMapping
from companies.models import Branch, Company, Staff


class CalcomPlaces:
    """The mappings of one company, read once for a batch of news (three queries)."""

    def __init__(self, company: Company) -> None:
        self._company = company

    def place(self, *, event_type_id: int | None, host_id: int | None) -> Placement:
        """The service, branch and staff member; None for what nobody mapped.

        The host that Cal.com names outweighs the event type's staff member; the branch is the mapping's, else the
        staff member's home, else the company's only one.
        """
        mapping = self._mappings.get(event_type_id)
        staff = self._staff.get(host_id) or (mapping.staff if mapping else None)
        branch = (mapping.branch if mapping else None) or (staff.home_branch if staff else None)
        return Placement(service=mapping.service if mapping else None, branch=branch or self._only_branch, staff=staff)

    @cached_property
    def _mappings(self) -> dict[int | None, EventTypeMapping]:
        mappings = EventTypeMapping.objects.for_company(self._company).select_related(
            "event_type", "service", "branch", "staff__home_branch"
        )
        return {mapping.event_type.calcom_id: mapping for mapping in mappings}

    @cached_property
    def _staff(self) -> dict[int | None, Staff]:
        mappings = HostMapping.objects.for_company(self._company).select_related("staff__home_branch")
        return {mapping.calcom_user_id: mapping.staff for mapping in mappings}

    @cached_property
    def _only_branch(self) -> Branch | None:
        branches = list(Branch.objects.for_company(self._company).filter(is_active=True)[:2])
        return branches[0] if len(branches) == 1 else None
