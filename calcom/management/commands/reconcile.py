"""`manage.py reconcile`: take over bookings from Cal.com, what changed lately or all of a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from calcom.client.bookings import PER_PAGE
from calcom.guard import Lane
from calcom.management.company_command import WRONG_USAGE, CompanyCommand, Report, refused, summed_up
from calcom.management.periods import add_period, bounds, check_order
from calcom.sync.bookings import reconcile, sweep

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from calcom.client import CalcomClient
    from calcom.management.progress import Tick
    from calcom.sync.bookings import BookingsResult
    from companies.models import Company


class Command(CompanyCommand):
    """Beat does the first every five minutes, and every night the second for the next sixty days."""

    help = "Takes over bookings from Cal.com: what changed since the last run, or with --from and --to all of a period."
    needs_a_choice = True
    has_dry_run = True
    has_batch = True
    batch = most_in_batch = PER_PAGE

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which companies, and which days."""
        super().add_arguments(parser)
        add_period(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse half a period, and one that ends before it begins."""
        if (options["first"] is None) != (options["last"] is None):
            raise CommandError("A period needs both --from and --to.", returncode=WRONG_USAGE)
        check_order(options)
        super().handle(*args, **options)

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """One line with the numbers; below it what went wrong or wants a person's eye."""
        with self.progress(f"{company.name}: bookings") as tick:
            client = self.client(company, lane=Lane.BACKGROUND)
            result = _read(client, options, tick)
        if result.is_running_elsewhere:
            return refused("the bookings of this company are being read already")
        return summed_up(result, is_dry_run=result.is_dry_run, warnings=result.warnings)


def _read(client: CalcomClient, options: dict[str, Any], tick: Tick) -> BookingsResult:
    company = client.company
    if options["first"] is None:
        return reconcile(
            company, client=client, is_dry_run=options["dry_run"], batch=options["batch"], on_progress=tick
        )
    starts_after, ends_before = bounds(company, options["first"], options["last"])
    return sweep(
        company,
        client=client,
        starts_after=starts_after,
        ends_before=ends_before,
        is_dry_run=options["dry_run"],
        batch=options["batch"],
        on_progress=tick,
    )
