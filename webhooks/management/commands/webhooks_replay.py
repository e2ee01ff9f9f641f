"""`manage.py webhooks_replay`: have deliveries processed again."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.management.base import CommandError

from calcom.management.company_command import WRONG_USAGE, CompanyCommand, Report, summed_up
from calcom.management.periods import moment, moment_of
from webhooks import replays, tasks

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from companies.models import Company
    from webhooks.replays import ReplayResult


class Command(CompanyCommand):
    """Puts them back in the queue, where the worker finds them. What is known already changes nothing."""

    help = "Has deliveries processed again: those that failed, those of a time, or some by their ids."
    needs_a_choice = True
    needs_key = False
    has_dry_run = True
    has_batch = True
    batch = replays.BATCH

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which deliveries."""
        super().add_arguments(parser)
        parser.add_argument("--failed", action="store_true", help="those that failed; with --since only later ones")
        parser.add_argument("--ids", nargs="+", type=_uuid, metavar="ID", help="deliveries as the portal names them")
        parser.add_argument(
            "--since", type=moment, metavar="TIME", help="all that came since, as 2026-12-01, 2026-12-01T14:30, 36h, 2d"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse a call that chooses nothing, or in two ways."""
        chosen_by = bool(options["ids"]), options["failed"] or options["since"] is not None
        if sum(chosen_by) != 1:
            raise CommandError("Choose deliveries: --failed, --since, or --ids alone.", returncode=WRONG_USAGE)
        super().handle(*args, **options)

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """How many are due again; below it which are not there."""
        result = self._replay(company, options)
        if result.replayed and not options["dry_run"]:
            tasks.wake()
        return summed_up(result, is_dry_run=options["dry_run"], states=dict(result.states))

    def _replay(self, company: Company, options: dict[str, Any]) -> ReplayResult:
        how = {"is_dry_run": options["dry_run"], "batch": options["batch"]}
        if options["ids"]:
            return replays.replay_named(company, options["ids"], **how)
        since = None if options["since"] is None else moment_of(company, options["since"])
        events = replays.chosen(company, only_failed=options["failed"], since=since)
        with self.progress(f"{company.name}: deliveries") as tick:
            return replays.replay(company, events, on_progress=tick, **how)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise ArgumentTypeError(f'"{text}" is no delivery id') from error
