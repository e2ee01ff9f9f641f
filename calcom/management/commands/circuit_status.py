"""`manage.py circuit_status`: is Cal.com being asked, and how much of the budget is left?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calcom import guard
from calcom.account import access_of
from calcom.guard import CircuitState, GuardAway, GuardStatus
from calcom.management.company_command import CompanyCommand, Report

if TYPE_CHECKING:
    from datetime import datetime

    from companies.models import Company


class Command(CompanyCommand):
    """Reads the counters that all processes share; Cal.com is not asked."""

    help = "Shows circuit breaker and request budget of each company. Exit status 1 where a circuit is not closed."

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """The state, and what is left of the minute."""
        try:
            status = guard.status(access_of(company).account)
        except GuardAway as error:
            return Report([f"unknown: {error}"], {"error": str(error)}, is_good=False)
        counted = ", ".join(f"{name} {number}" for name, number in status.counters.items())
        return Report([_sentence(status), counted], _facts(status), is_good=status.state is CircuitState.CLOSED)


def _sentence(status: GuardStatus) -> str:
    until = f" until {_clock(status.open_until)}" if status.open_until else ""
    failures = f", {status.failures} failures in a row" if status.failures else ""
    blocked = f", Cal.com allows nothing until {_clock(status.blocked_until)}" if status.blocked_until else ""
    budget = f"{int(status.tokens)} of {status.capacity} requests left"
    return f"circuit {status.state.value.replace('_', '-')}{until}{failures}; {budget}{blocked}"


def _clock(moment: datetime | None) -> str:
    return f"{moment:%H:%M:%S} UTC" if moment else ""


def _facts(status: GuardStatus) -> dict[str, Any]:
    window = status.window
    return {
        "state": status.state.value,
        "failures": status.failures,
        "open_until": status.open_until,
        "requests_left": int(status.tokens),
        "requests_per_minute": status.capacity,
        "reported_remaining": window.remaining if window else None,
        "blocked_until": status.blocked_until,
        "counters": status.counters,
    }
