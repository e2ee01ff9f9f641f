"""`manage.py debug_availability`: why the times of a day are or are not offered."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.table import Table
from rich.text import Text

from appointments.availability import Available, Query, Unknown, explain_day
from appointments.errors import BookingError
from calcom.management.company_command import FAILED, WRONG_USAGE, printable
from calcom.models import EventType, EventTypeMapping
from companies.models import Staff

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from appointments.availability import ExplainedDay, Explanation, Step

_WIDTH = 160


class Command(BaseCommand):
    """Reads only. Exit status 0 also where nothing is free; 1 where Cal.com does not answer; 2: wrong usage."""

    help = "Explains which times of a day are offered for an event type, and why others are not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What is looked at."""
        parser.add_argument("event_type", type=int, metavar="EVENT_TYPE", help="Cal.com's id of an event type")
        parser.add_argument("--date", metavar="YYYY-MM-DD", help="the day; tomorrow unless told")
        parser.add_argument("--staff", metavar="ID", help="id or name of a staff member, for a team's event type")
        parser.add_argument("--company", metavar="ID", help="id or slug, where several companies have the event type")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Ask Cal.com afresh, and print what holds for the day and for each of its times."""
        mapping = _mapping(options["event_type"], options["company"])
        staff = mapping.staff if options["staff"] is None else _staff(mapping, options["staff"])
        query = Query(company=mapping.company, service=mapping.service, branch=mapping.branch, staff=staff)
        try:
            told = explain_day(query, _day(options["date"]), fresh=True)
        except BookingError as error:
            raise CommandError(str(error), returncode=WRONG_USAGE) from error
        self._print(f"{mapping.company}: {mapping.event_type} → {mapping.service}, {staff or 'anybody'}", told)
        if any(isinstance(one.verdict, Unknown) for _at, one in told.times) or not all(
            step.passed is not None for step in told.steps
        ):
            raise CommandError("Not everything is known: Cal.com did not answer.", returncode=FAILED)

    def _print(self, title: str, told: ExplainedDay) -> None:
        console = Console(width=None if self.stdout.isatty() else _WIDTH, no_color=self.style_is_plain())
        with console.capture() as captured:
            console.print(Text(printable(title)))
            console.print(_general(told))
            console.print(_times(told) if told.times else Text(_no_times(told)))
        self.stdout.write(captured.get())

    def style_is_plain(self) -> bool:
        """Colours for a terminal only."""
        return not self.stdout.isatty()


def _general(told: ExplainedDay) -> Table:
    table = Table("", "What", "Says", title="For the whole day", title_justify="left")
    for step in told.steps:
        table.add_row(_sign(step), step.name, Text(printable(step.sentence)))
    return table


def _times(told: ExplainedDay) -> Table:
    zone = ZoneInfo(told.time_zone)
    table = Table("Time", "UTC", "Cal.com", "Verdict", "Why", title=f"Times ({zone})", title_justify="left")
    for at, one in told.times:
        shown = f"{at.astimezone(zone):%Y-%m-%d %H:%M}", f"{at:%H:%M}"
        table.add_row(*shown, _said(one), _verdict(one), Text(printable(_why(one))))
    return table


def _no_times(told: ExplainedDay) -> str:
    if all(step.passed for step in told.steps):
        return "No times: Cal.com offers none that day, and there are no opening hours."
    return "No times: see above."


def _said(one: Explanation) -> str:
    signs = dict.fromkeys(_sign(step) for step in one.steps if step.name == "calendar")
    return " ".join(signs)


def _verdict(one: Explanation) -> str:
    if isinstance(one.verdict, Available):
        return "free (old answer)" if one.verdict.slot.is_stale else "free"
    return "not known" if isinstance(one.verdict, Unknown) else one.verdict.reason.value


def _why(one: Explanation) -> str:
    against = [step.sentence for step in one.steps if not step.passed]
    if isinstance(one.verdict, Available):
        return "Clocks change then: doubtful." if one.verdict.slot.is_doubtful else ""
    return " ".join(against) or one.verdict.sentence


def _sign(step: Step) -> str:
    return {True: "yes", False: "no", None: "?"}[step.passed]


def _mapping(calcom_id: int, company: str | None) -> EventTypeMapping:
    """What the event type means. Raises CommandError (2) where that is not clear."""
    found = EventTypeMapping.objects.filter(event_type__calcom_id=calcom_id).select_related(
        "company", "event_type", "service", "branch", "staff__home_branch"
    )
    if company:
        by_id = int(company) if company.isascii() and company.isdecimal() and len(company) < 19 else 0
        found = found.filter(company__slug=company) | found.filter(company_id=by_id)
    rows = list(found)
    if len(rows) > 1:
        slugs = ", ".join(sorted(row.company.slug for row in rows))
        raise CommandError(f"Several companies have it: say --company ({slugs}).", returncode=WRONG_USAGE)
    if not rows:
        is_known = EventType.objects.filter(calcom_id=calcom_id).exists()
        text = "is not mapped to a service yet" if is_known else "is not known here: sync_event_types fetches it"
        raise CommandError(f"Event type {calcom_id} {text}.", returncode=WRONG_USAGE)
    return rows[0]


def _staff(mapping: EventTypeMapping, wanted: str) -> Staff:
    own = Staff.objects.for_company(mapping.company).select_related("home_branch")
    is_id = wanted.isascii() and wanted.isdecimal() and len(wanted) < 19
    rows = list(own.filter(pk=int(wanted)) if is_id else own.filter(name__iexact=wanted))
    if len(rows) != 1:
        names = ", ".join(f"{one.name} ({one.pk})" for one in own[:20])
        raise CommandError(f'There is no one staff member "{wanted}". Known: {names}.', returncode=WRONG_USAGE)
    return rows[0]


def _day(text: str | None) -> date:
    if not text:
        return (timezone.localtime() + timedelta(days=1)).date()
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise CommandError(f'"{text}" is no day. Write it as 2026-12-31.', returncode=WRONG_USAGE) from error
