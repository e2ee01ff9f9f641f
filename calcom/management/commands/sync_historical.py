"""`manage.py sync_historical`: take over all that Cal.com has, also what is long past."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from calcom.client.bookings import PER_PAGE
from calcom.guard import Lane
from calcom.management.company_command import CompanyCommand, Report, capped, numbers, refused
from calcom.management.periods import add_period, bounds, check_order
from calcom.sync.bookings.history import sync_history
from calcom.sync.event_types import sync_event_types
from calcom.sync.people import sync_people

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from calcom.client import CalcomClient
    from calcom.sync.bookings.history import HistoryResult
    from calcom.sync.result import SyncResult
    from companies.models import Company

_A_YEAR = timedelta(days=365)
_OF_HOSTS = ("hosts_confirmed", "hosts_waiting")


class Command(CompanyCommand):
    """For a company that is new here; what it has is kept up to date by beat and by webhooks."""

    help = (
        "Takes over event types, hosts and bookings from Cal.com, bookings month by month. A run that was interrupted "
        "within the last week goes on where it was."
    )
    needs_a_choice = True
    has_dry_run = True
    has_batch = True
    batch = most_in_batch = PER_PAGE

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, and for bookings which days."""
        super().add_arguments(parser)
        parser.add_argument(
            "--type",
            choices=["all", "bookings", "event-types", "hosts"],
            default="all",
            help="all unless told; event-types come with their hosts",
        )
        add_period(parser, otherwise="for bookings; a year back and a year ahead unless told")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse a period that ends before it begins."""
        today = timezone.localdate()
        options["first"] = options["first"] or min(today, options["last"] or today) - _A_YEAR
        options["last"] = options["last"] or max(today, options["first"]) + _A_YEAR
        check_order(options)
        super().handle(*args, **options)

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """Event types first: bookings of unknown ones are passed over."""
        client = self.client(company, lane=Lane.BACKGROUND)
        told = _Told(is_dry_run=options["dry_run"])
        kind = options["type"]
        if kind in {"all", "event-types"}:
            told.add_sync("event types", sync_event_types(company, client=client, dry_run=options["dry_run"]))
        if kind == "hosts":
            told.add_sync("hosts", sync_people(company, client=client, dry_run=options["dry_run"]), only=_OF_HOSTS)
        if kind in {"all", "bookings"} and not told.is_over:
            told.add_bookings(self._bookings(client, options))
        return told.report()

    def _bookings(self, client: CalcomClient, options: dict[str, Any]) -> HistoryResult:
        starts_after, ends_before = bounds(client.company, options["first"], options["last"])
        with self.progress(f"{client.company.name}: days of bookings") as tick:
            return sync_history(
                client.company,
                client=client,
                starts_after=starts_after,
                ends_before=ends_before,
                is_dry_run=options["dry_run"],
                batch=options["batch"],
                on_progress=tick,
            )


@dataclass
class _Told:
    """What the parts have come to."""

    is_dry_run: bool
    parts: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    busy: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing was answered at all: then bookings would not be either."""
        return bool(self.busy) or any(fact.get("unanswered") for fact in self.facts.values())

    def add_sync(self, name: str, result: SyncResult, *, only: tuple[str, ...] | None = None) -> None:
        """Event types, or hosts alone."""
        if result.is_running_elsewhere:
            self.busy = "a sync of this company is running"
            return
        counts = {key: value for key, value in result.counts.items() if only is None or key in only}
        unanswered = {"unanswered": True} if result.is_unanswered else {}
        text = "nothing was listed; they stay as they were" if result.is_unanswered else numbers(counts)
        self._add(name, text, counts | unanswered, result.failures, result.warnings)

    def add_bookings(self, result: HistoryResult) -> None:
        """Bookings, and where the next run would go on."""
        if result.is_running_elsewhere:
            self.busy = "the history of this company is being read already"
            return
        went_on = f"went on at {result.went_on_at:%Y-%m-%d}, " if result.went_on_at else ""
        times = {"went_on_at": result.went_on_at, "done_until": result.done_until}
        self._add("bookings", went_on + numbers(result.counts), result.counts | times, result.failures, result.warnings)
        if not result.is_good and not self.is_dry_run and result.done_until:
            self.failures.append(f"all before {result.done_until:%Y-%m-%d} is read; the next run goes on there")

    def _add(self, name: str, text: str, facts: dict[str, Any], failures: list[str], warnings: list[str]) -> None:
        self.parts.append(f"{name}: {text}")
        self.facts[name.replace(" ", "_")] = facts
        self.failures += failures
        self.warnings += warnings

    def report(self) -> Report:
        """One line with all numbers; below it why some of it is missing."""
        facts = self.facts | {"dry_run": self.is_dry_run, "failures": self.failures, "warnings": self.warnings}
        if self.busy and not self.parts:
            return refused(self.busy, **facts)
        failures = [*self.failures, *([self.busy] if self.busy else [])]
        line = ("would be: " if self.is_dry_run else "") + "; ".join(self.parts)
        first = f"incomplete: {line}" if failures else line
        return Report([first, *capped(failures), *capped(self.warnings)], facts, is_good=not failures)
