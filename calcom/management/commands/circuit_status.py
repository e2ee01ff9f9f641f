"""`manage.py circuit_status`: is Cal.com being asked, and how much of the budget is left?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from calcom import guard
from calcom.account import access_of
from calcom.guard import CircuitState, GuardAway, GuardStatus
from calcom.management.company_command import CompanyCommand, Report

if TYPE_CHECKING:
    from datetime import datetime

    from companies.models import Company

_WORDS = {
    "calls": "calls sent",
    "opened": "times the circuit opened",
    "refused_circuit": "calls held back while it was open",
    "refused_budget": "calls held back for the budget",
    "http_429": "answers that Cal.com wants fewer (429)",
}


class Command(CompanyCommand):
    """Reads the counters that all processes share; Cal.com is not asked."""

    help = (
        "Shows circuit breaker and request budget of each company. Exit status 1 where Cal.com is not asked: the "
        "circuit is not closed, or Cal.com allows nothing for now."
    )

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """The state, and what is left of the minute."""
        try:
            status = guard.status(access_of(company).account)
        except GuardAway as error:
            return Report([f"unknown: {error}"], {"error": str(error)}, is_good=False)
        is_good = status.state is CircuitState.CLOSED and status.blocked_until is None
        return Report([_sentence(status), _counted(status)], _facts(status), is_good=is_good)


def _sentence(status: GuardStatus) -> str:
    until = f" until {_clock(status.open_until)}" if status.open_until else ""
    failures = f", {status.failures} failures in a row" if status.failures else ""
    blocked = f", Cal.com allows nothing until {_clock(status.blocked_until)}" if status.blocked_until else ""
    budget = f"{int(status.tokens)} of {status.capacity} requests left"
    return f"circuit {status.state.value.replace('_', '-')}{until}{failures}; {budget}{blocked}"


def _counted(status: GuardStatus) -> str:
    """What the counters say, in words."""
    return ", ".join(f"{number} {_WORDS.get(name, name)}" for name, number in status.counters.items())


def _clock(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%H:%M:%S %Z}" if moment else ""


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
