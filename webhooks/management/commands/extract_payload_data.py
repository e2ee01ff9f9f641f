"""`manage.py extract_payload_data`: fill columns from what is stored of bookings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from calcom.management.company_command import WRONG_USAGE, CompanyCommand, Report, refused, summed_up
from calcom.payloads import BATCH, Wish, extract
from webhooks.retold import applied_news

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from calcom.payloads import Extraction
    from companies.models import Company


class Command(CompanyCommand):
    """Cal.com is not asked: what was told once is read again."""

    help = (
        "Fills attendees, answers, location, metadata, series, reasons, hosts and meeting URLs from stored payloads "
        "and deliveries. What is filled already stays, unless --overwrite."
    )
    needs_a_choice = True
    needs_key = False
    has_dry_run = True
    has_batch = True
    batch = BATCH

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Also what is there already."""
        super().add_arguments(parser)
        text = "also replace what is there, unless it is newer than the payload"
        parser.add_argument("--overwrite", action="store_true", help=text)
        text = "with --overwrite: also what was changed since, here or at Cal.com"
        parser.add_argument("--changed-too", action="store_true", help=text)

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse half a wish."""
        if options["changed_too"] and not options["overwrite"]:
            raise CommandError("--changed-too says what --overwrite may replace; give both.", returncode=WRONG_USAGE)
        super().handle(*args, **options)

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """The numbers, then per cent by column, then what could not be read."""
        wish = Wish(is_overwriting=options["overwrite"], changed_too=options["changed_too"])
        with self.progress(f"{company.name}: payloads") as tick:
            result = extract(
                company,
                wish=wish,
                deliveries=applied_news,
                is_dry_run=options["dry_run"],
                batch=options["batch"],
                on_progress=tick,
            )
        if result.is_running_elsewhere:
            return refused("another run is extracting the payloads of this company.")
        report = summed_up(
            result, is_dry_run=options["dry_run"], completeness=result.told(), columns=dict(result.columns)
        )
        first, *rest = report.lines
        return Report([first, *_percentages(result), *rest], report.facts, is_good=report.is_good)


def _percentages(result: Extraction) -> list[str]:
    """As "location      12.0 % -> 98.5 %, 865 filled"."""
    told = result.told()
    width = max(len(name) for name in told)
    return [
        f"{name:<{width}} {one['before']:5.1f} % -> {one['after']:5.1f} %, {result.columns[name]:,} filled"
        for name, one in told.items()
    ]
