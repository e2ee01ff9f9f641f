"""`manage.py sync_bookings`: take over bookings from Cal.com, what changed lately or all of a period."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.core.management.base import CommandError

from calcom.client import CalcomClient
from calcom.errors import CalcomError
from calcom.guard import Lane
from calcom.management.company_command import WRONG_USAGE, CompanyCommand, Report
from calcom.sync.bookings import reconcile, sweep
from companies.fields import EncryptionKeyError

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from calcom.sync.bookings import BookingsResult
    from companies.models import Company

logger = structlog.get_logger(__name__)


class Command(CompanyCommand):
    """Beat does the first every five minutes, and every night the second for the next sixty days."""

    help = "Takes over bookings from Cal.com: what changed since the last run, or with --from and --to all of a period."
    needs_a_choice = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which companies, and which days."""
        super().add_arguments(parser)
        parser.add_argument("--from", dest="first", type=_day, metavar="DAY", help="first day, as 2026-12-01")
        parser.add_argument("--to", dest="last", type=_day, metavar="DAY", help="last day, that day included")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse half a period, and one that ends before it begins."""
        first, last = options["first"], options["last"]
        if (first is None) != (last is None):
            raise CommandError("A period needs both --from and --to.", returncode=WRONG_USAGE)
        if first is not None and last < first:
            raise CommandError("The last day comes before the first.", returncode=WRONG_USAGE)
        super().handle(*args, **options)

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """One line with the numbers; below it what went wrong or wants a person's eye."""
        try:
            client = CalcomClient(company, lane=Lane.BACKGROUND)
            result = self._read(company, client, first=options["first"], last=options["last"])
        except (CalcomError, EncryptionKeyError):
            raise
        except Exception as error:
            logger.exception("calcom.bookings.failed", company_id=company.pk)
            text = f"failed unexpectedly ({type(error).__name__}); the log says more"
            return Report([text], {"failures": [text]}, is_good=False)
        return Report([_numbers(result), *result.failures, *result.warnings], result.told(), is_good=result.is_good)

    @staticmethod
    def _read(company: Company, client: CalcomClient, *, first: date | None, last: date | None) -> BookingsResult:
        if first is None or last is None:
            return reconcile(company, client=client)
        zone = company.time_zone
        starts_after = datetime.combine(first, time.min, zone)
        ends_before = datetime.combine(last + timedelta(days=1), time.min, zone)
        return sweep(
            company, client=client, starts_after=starts_after.astimezone(UTC), ends_before=ends_before.astimezone(UTC)
        )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f'"{text}" is no day: write it as 2026-12-01') from error


def _numbers(result: BookingsResult) -> str:
    if result.is_running_elsewhere:
        return "the bookings of this company are being read already; nothing was done"
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in result.counts.items())
