"""`manage.py test_connection`: does the key work, and does the server answer in the right shapes?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from calcom.client.filters import BookingFilter
from calcom.management.company_command import CompanyCommand, Report
from calcom.reach import listed

if TYPE_CHECKING:
    from companies.models import Company


class Command(CompanyCommand):
    """Three reads: the profile, the event types, one page of bookings."""

    help = "Asks Cal.com who each company's key belongs to, and whether lists come in the expected shape."

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """User, zone, organization, number of event types, and how long an answer takes."""
        client = self.client(company)
        started = time.monotonic()
        profile = client.me(fresh=True)
        milliseconds = round((time.monotonic() - started) * 1000)
        reached = listed(company, client, fresh=True).or_error()
        next(client.bookings(BookingFilter(status=["upcoming"])), None)
        organization = f", organization {profile.organization_id}" if profile.organization_id else ""
        line = (
            f"connected as {profile.username or profile.name} (user {profile.id}, {profile.time_zone}{organization}), "
            f"{len(reached.event_types)} event types, {milliseconds} ms"
        )
        facts = {
            "user_id": profile.id,
            "username": profile.username,
            "time_zone": profile.time_zone,
            "organization_id": profile.organization_id,
            "event_types": len(reached.event_types),
            "failures": reached.failures,
            "warnings": reached.warnings,
            "milliseconds": milliseconds,
        }
        return Report([line, *reached.failures, *reached.warnings], facts, is_good=not reached.failures)
