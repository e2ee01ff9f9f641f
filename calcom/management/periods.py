"""Days and moments on a command line."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from django.utils import timezone

from calcom.management.company_command import WRONG_USAGE

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from companies.models import Company

_AGO = re.compile(r"(\d{1,5})([mhd])", re.ASCII)
_YEARS = range(1980, 2200)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def add_period(parser: ArgumentParser, *, otherwise: str = "") -> None:
    """--from and --to, as days; they come as `first` and `last`. `otherwise`: what holds without them."""
    more = f" ({otherwise})" if otherwise else ""
    parser.add_argument("--from", dest="first", type=day, metavar="DAY", help=f"first day, as 2026-12-01{more}")
    parser.add_argument("--to", dest="last", type=day, metavar="DAY", help="last day, that day included")


def day(text: str) -> date:
    """A day, as 2026-12-01. For argparse."""
    try:
        told = date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f'"{text}" is no day: write it as 2026-12-01') from error
    if told.year not in _YEARS:
        raise ArgumentTypeError(f'"{text}" is no day on which anybody can have an appointment')
    return told


def moment(text: str) -> datetime | timedelta:
    """A time as 2026-12-01 or 2026-12-01T14:30, which is naive without an offset, or as long ago as 90m, 36h, 2d."""
    if ago := _AGO.fullmatch(text):
        return timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        told = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f'"{text}" is no time: write it as 2026-12-01, 2026-12-01T14:30, 36h or 2d') from error
    if told.year not in _YEARS:
        raise ArgumentTypeError(f'"{text}" is no time at which anything can have happened here')
    return told


def moment_of(company: Company, told: datetime | timedelta) -> datetime:
    """The instant, UTC: on the company's clock, where no offset was given."""
    if isinstance(told, timedelta):
        return timezone.now() - told
    return (told if told.tzinfo else told.replace(tzinfo=company.time_zone)).astimezone(UTC)


def check_order(options: dict[str, Any]) -> None:
    """Refuse a period that ends before it begins. Raises CommandError (2)."""
    first, last = options["first"], options["last"]
    if first is not None and last is not None and last < first:
        raise CommandError("The last day comes before the first.", returncode=WRONG_USAGE)


def bounds(company: Company, first: date, last: date) -> tuple[datetime, datetime]:
    """From the beginning of the first day to the end of the last, on the company's clock, in UTC."""
    zone = company.time_zone
    starts = datetime.combine(first, time.min, zone)
    ends = datetime.combine(last + timedelta(days=1), time.min, zone)
    return starts.astimezone(UTC), ends.astimezone(UTC)
