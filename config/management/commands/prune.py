"""`manage.py prune`: blank what is kept no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calcom.management.company_command import (
    CompanyCommand,
    Report,
    company_named,
    numbers,
    refused,
    summed_up,
    without_secrets,
)
from config.privacy.retention import BATCH, RUNNING_ELSEWHERE, prune, prune_nobodys

if TYPE_CHECKING:
    from companies.models import Company


class Command(CompanyCommand):
    """Beat does it every night. It may be stopped anywhere: the next run goes on."""

    help = "Blanks bodies of deliveries after 30 days, and what else a company keeps for a time only."
    needs_a_choice = True
    needs_key = False
    has_dry_run = True
    has_batch = True
    batch = BATCH

    def _handle(self, options: dict[str, Any]) -> None:
        if options["all"]:
            counts = prune_nobodys(is_dry_run=options["dry_run"], batch=options["batch"])
            if not options["json"]:
                self.stdout.write(f"No company's: {'would be: ' if options['dry_run'] else ''}{numbers(counts)}")
        super()._handle(options)

    def companies(self, wanted: str | None) -> list[Company]:
        """Also those that are switched off, as beat does: what is kept of them grows old all the same."""
        return [company_named(wanted)] if wanted else list(without_secrets().order_by("pk"))

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """How many rows were blanked, by kind."""
        with self.progress(f"{company.name}: blanking") as tick:
            result = prune(company, is_dry_run=options["dry_run"], batch=options["batch"], on_progress=tick)
        if RUNNING_ELSEWHERE in result.failures:
            return refused("what is kept no longer is being blanked already")
        return summed_up(result, is_dry_run=options["dry_run"])
