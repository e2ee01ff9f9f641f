"""`manage.py circuit_reset`: ask Cal.com again at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appointments import push
from calcom import guard
from calcom.account import access_of
from calcom.management.company_command import CompanyCommand, Report

if TYPE_CHECKING:
    from companies.models import Company


class Command(CompanyCommand):
    """For after a repair: the circuit would close by itself within a minute or so, and what waits for it might wait for
    hours.
    """

    needs_a_choice = True
    help = (
        "Closes the circuit breaker, forgets failures, and lets changes that Cal.com did not get be sent now. A block "
        "by Cal.com itself stays until its end."
    )

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """Closed from now on, and how many changes had waited."""
        try:
            guard.reset(access_of(company).account)
        except guard.GuardAway as error:
            return Report([f"not done: {error}"], {"error": str(error)}, is_good=False)
        due = push.hasten(company)
        lines = ["circuit closed", *([f"{due:,} changes that waited are due now"] if due else [])]
        return Report(lines, {"state": "closed", "due_now": due})
