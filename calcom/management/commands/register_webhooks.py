"""`manage.py register_webhooks`: make Cal.com tell us of every booking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calcom.guard import Lane
from calcom.management.company_command import CompanyCommand, Report
from calcom.reach import listed
from calcom.subscriptions import Subscription, check_address, register
from companies.credentials import webhook_address

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from companies.models import Company


class Command(CompanyCommand):
    """May be run again at any time: what is right stays, what is wrong is mended."""

    needs_a_choice = True
    help = (
        "Creates or repairs the webhook subscriptions at Cal.com: address, triggers, secret, on the right levels. "
        "Names those that are left over; they are deleted at Cal.com by hand."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Also: only look."""
        super().add_arguments(parser)
        text = "only report; exit status 1 where something is wrong"
        parser.add_argument("--check", "--dry-run", dest="check", action="store_true", help=text)

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """A line for each subscription."""
        check_address(company)
        client = self.client(company, lane=Lane.BACKGROUND)  # a request for each event type: it may have to wait
        reached = listed(company, client, fresh=True).or_error()
        subscriptions = register(client, reached, check_only=options["check"])
        is_good = all(one.is_good for one in subscriptions) and not reached.failures
        facts = {"subscriptions": [_facts(one) for one in subscriptions], "failures": reached.failures}
        lines = [
            f"webhooks go to {_shown(company)}",
            *(_line(one) for one in subscriptions),
            *reached.failures,
            *reached.warnings,
        ]
        return Report(lines, facts, is_good=is_good)


def _shown(company: Company) -> str:
    """The address without its token, which is a secret of its own."""
    return webhook_address(company).removesuffix(company.webhook_token) + "…"


def _facts(one: Subscription) -> dict[str, Any]:
    return {
        "level": one.level.path,
        "state": one.state.value,
        "problems": list(one.problems),
        "triggers": list(one.triggers),
    }


def _line(one: Subscription) -> str:
    return f"{one.level.path}: {one.state.value}" + (f" ({'; '.join(one.problems)})" if one.problems else "")
