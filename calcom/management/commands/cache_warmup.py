"""`manage.py cache_warmup`: fetch what people will ask for first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from calcom.errors import CalcomNotFound, CalcomRejected
from calcom.guard import Lane
from calcom.management.company_command import CompanyCommand, Report
from calcom.models import EventType
from calcom.reach import listed

if TYPE_CHECKING:
    from companies.models import Company

_DAYS = 7


class Command(CompanyCommand):
    """In the background lane: at most 70 % of the budget, and it waits its turn."""

    help = "Fetches profile, event types and the next week's slots of the active event types into the cache."

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """How many lists of slots were fetched, and which event types have none."""
        client = self.client(company, lane=Lane.BACKGROUND)
        client.me()
        reached = listed(company, client).or_error()
        today = timezone.localtime(timezone=company.time_zone).replace(hour=0, minute=0, second=0, microsecond=0)
        warmed, refused = 0, []
        for event_type in EventType.objects.for_company(company).filter(is_active=True):
            self.show_progress(f"{company.name}: {event_type.title}")
            try:
                client.slots(event_type.calcom_id, starts_at=today, ends_at=today + timedelta(days=_DAYS))
                warmed += 1
            except (CalcomNotFound, CalcomRejected) as error:
                refused.append(f"{event_type}: {error.reason or error}")
        facts = {"event_types": warmed, "refused": refused, "failures": reached.failures}
        return Report(
            [f"slots of {warmed} event types are kept", *refused, *reached.failures],
            facts,
            is_good=not refused and not reached.failures,
        )
