"""`manage.py cache_clear`: forget Cal.com's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calcom.cache import forget
from calcom.management.company_command import CompanyCommand, Report

if TYPE_CHECKING:
    from companies.models import Company


class Command(CompanyCommand):
    """Only Cal.com's answers: sessions, counters and circuits stay."""

    needs_a_choice = True
    needs_key = False
    help = "Drops what is kept of Cal.com's answers: event types, slots, profile."

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """Empty from now on."""
        if not forget(company.pk):
            text = "not done: Redis does not answer"
            return Report([text], {"cleared": False, "error": text}, is_good=False)
        return Report(["nothing is kept any more"], {"cleared": True})
