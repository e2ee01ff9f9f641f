"""`manage.py retry_failed`: after an outage, try again what waits for staff only because of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appointments.booking.actor import Actor
from appointments.booking.retry import BATCH, retry_passing
from appointments.models.history import Side
from calcom.management.company_command import CompanyCommand, Report, capped, numbers
from webhooks import replays, tasks

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from appointments.booking.retry import RetryResult
    from companies.models import Company
    from webhooks.replays import ReplayResult


class Command(CompanyCommand):
    """Both directions: changes that Cal.com did not get, and deliveries that could not be applied here."""

    help = (
        "Tries again what failed for a reason that may be over: changes that waited a day for Cal.com, and deliveries "
        "that could not be applied. What was refused, or changed on both sides, still waits for staff."
    )
    needs_a_choice = True
    needs_key = False
    has_dry_run = True
    has_batch = True
    batch = BATCH

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Also what was refused."""
        super().add_arguments(parser)
        text = "also changes that Cal.com refused, for when the reason has been mended there"
        parser.add_argument("--refused", action="store_true", help=text)

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """What is tried again, and below it what is not, and why."""
        how = {"is_dry_run": options["dry_run"], "batch": options["batch"]}
        with self.progress(f"{company.name}: changes") as tick:
            actor = Actor(side=Side.SYSTEM, name="retry_failed")
            changes = retry_passing(company, actor=actor, with_refused=options["refused"], on_progress=tick, **how)
        with self.progress(f"{company.name}: deliveries") as tick:
            deliveries = replays.replay(company, replays.failed_in_passing(company), on_progress=tick, **how)
        if deliveries.replayed and not options["dry_run"]:
            tasks.wake()
        return _report(changes, deliveries, is_dry_run=options["dry_run"])


def _report(changes: RetryResult, deliveries: ReplayResult, *, is_dry_run: bool) -> Report:
    counts = changes.counts | {"deliveries": deliveries.replayed}
    told = f"would be: {numbers(counts)}" if is_dry_run else numbers(counts)
    lines = [told, *capped(changes.failures), *capped(changes.left)]
    facts = {"dry_run": is_dry_run, **counts, "failures": changes.failures, "left": changes.left}
    return Report(lines, facts, is_good=changes.is_good)
