"""`manage.py sync_event_types`: take over event types and hosts from Cal.com."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calcom.guard import Lane
from calcom.management.company_command import CompanyCommand, Report, capped, numbers, refused
from calcom.sync.event_types import sync_event_types

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from calcom.sync.result import SyncResult
    from companies.models import Company


class Command(CompanyCommand):
    """Beat does the same every half hour."""

    help = "Takes over event types and hosts from Cal.com, proposes what they mean, and shows where the two differ."
    needs_a_choice = True
    has_dry_run = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which companies, and how far to go."""
        super().add_arguments(parser)
        parser.add_argument(
            "--force", action="store_true", help="believe it at once when event types are gone, be they many"
        )

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """One line with the numbers; below it what went wrong or wants a person's eye."""
        client = self.client(company, lane=Lane.BACKGROUND)
        result = sync_event_types(company, client=client, force=options["force"], dry_run=options["dry_run"])
        if result.is_running_elsewhere:
            return refused("another sync of this company is running", **result.told())
        lines = [_numbers(result), *capped(result.failures), *capped(result.warnings)]
        return Report(lines, result.told(), is_good=result.is_good)


def _numbers(result: SyncResult) -> str:
    if result.is_unanswered:
        return "failed: Cal.com listed nothing; event types and hosts stay as they were"
    told = numbers(result.counts)
    told = f"would be: {told}" if result.is_dry_run else told
    return told if result.is_good else f"incomplete: {told}"
