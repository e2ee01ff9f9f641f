"""`manage.py prune`: blank what is kept no longer."""

from __future__ import annotations

from typing import Any

from calcom.management.company_command import (
    CompanyCommand,
    Report,
    company_named,
    numbers,
    refused,
    summed_up,
    without_secrets,
)
from companies.models import Company
from config.privacy.retention import BATCH, RUNNING_ELSEWHERE, prune, prune_nobodys


class Command(CompanyCommand):
    """Beat does it every night. It may be stopped anywhere: the next run goes on."""

    help = "Blanks bodies of deliveries after 30 days, and what else a company keeps for a time only."
    needs_a_choice = True
    needs_key = False
    has_dry_run = True
    has_batch = True
    batch = BATCH

    def companies(self, wanted: str | None) -> list[Company]:
        """Also those that are switched off, as beat does: what is kept of them grows old all the same. Of all, one more
        that is none: what belongs to nobody.
        """
        if wanted is not None:
            return [company_named(wanted)]
        return [Company(name="No company's"), *without_secrets().order_by("pk")]

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """How many rows were blanked, by kind."""
        if company.pk is None:
            return _nobodys(options)
        with self.progress(f"{company.name}: blanking") as tick:
            result = prune(company, is_dry_run=options["dry_run"], batch=options["batch"], on_progress=tick)
        if RUNNING_ELSEWHERE in result.failures:
            return refused("what is kept no longer is being blanked already")
        return summed_up(result, is_dry_run=options["dry_run"])


def _nobodys(options: dict[str, Any]) -> Report:
    counts = prune_nobodys(is_dry_run=options["dry_run"], batch=options["batch"])
    told = f"would be: {numbers(counts)}" if options["dry_run"] else numbers(counts)
    return Report([told], {"dry_run": options["dry_run"], **counts})
