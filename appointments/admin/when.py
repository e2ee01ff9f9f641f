"""Time as people in the portal read it: in the branch's zone, else the company's."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from appointments.models import Appointment
from companies.tenancy import companies_of

if TYPE_CHECKING:
    from datetime import tzinfo

    from django.http import HttpRequest


def zone_of(appointment: Appointment) -> tzinfo:
    """The zone in which an appointment's times are read."""
    place = appointment.branch or appointment.company
    return ZoneInfo(str(place.time_zone))


def reader_zone(request: HttpRequest) -> tzinfo:
    """The zone that decides what "today" means: that of the reader's companies if they share one, else the server's."""
    zones = set(companies_of(request.user).values_list("time_zone", flat=True)[:50])
    return ZoneInfo(str(zones.pop() if len(zones) == 1 else settings.TIME_ZONE))


def moment(instant: datetime, zone: tzinfo | None = None) -> str:
    """Weekday, date and time, for example "Tue 8 Dec 2026, 10:30"; with the zone where clocks show that time twice."""
    local = timezone.localtime(instant, zone)
    told = date_format(local, pgettext("date format", "D j M Y, H:i"))
    return f"{told} {local:%Z}" if _comes_twice(local) else told


def day(instant: datetime, zone: tzinfo | None = None) -> str:
    """Weekday and date, for example "Tue 8 Dec 2026"."""
    return date_format(timezone.localtime(instant, zone), pgettext("date format", "D j M Y"))


def clock(instant: datetime, zone: tzinfo | None = None) -> str:
    """The time of day."""
    return date_format(timezone.localtime(instant, zone), "H:i")


def _comes_twice(local: datetime) -> bool:
    return local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()


class Period(models.TextChoices):
    """Spans of time that lists can be narrowed to."""

    TODAY = "today", _("today")
    TOMORROW = "tomorrow", _("tomorrow")
    WEEK = "week", _("this week")
    NEXT_7_DAYS = "next7", _("next 7 days")
    UPCOMING = "upcoming", _("from now on")
    PAST = "past", _("past")
    LAST_7_DAYS = "last7", _("last 7 days")


def bounds(period: str, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """Start and end of a period, [start, end); None where it is open. Days begin at midnight in `zone`."""
    now = timezone.localtime(timezone.now(), zone)
    week = timedelta(days=7)
    spans: dict[str, tuple[datetime | None, datetime | None]] = {
        Period.TODAY: (midnight(now), midnight(now, days=1)),
        Period.TOMORROW: (midnight(now, days=1), midnight(now, days=2)),
        Period.WEEK: (midnight(now, days=-now.weekday()), midnight(now, days=7 - now.weekday())),
        Period.NEXT_7_DAYS: (now, now + week),
        Period.UPCOMING: (now, None),
        Period.PAST: (None, now),
        Period.LAST_7_DAYS: (now - week, now),
    }
    return spans.get(period, (None, None))


def midnight(day: datetime, *, days: int = 0) -> datetime:
    """The first moment of a day, counted in days of the calendar: right on days of 23 and 25 hours as well."""
    return datetime.combine(day.date() + timedelta(days=days), time.min, tzinfo=day.tzinfo)


def within(field: str, span: tuple[datetime | None, datetime | None]) -> dict[str, Any]:
    """Filter arguments for a field in [start, end)."""
    start, end = span
    return {f"{field}__gte": start, f"{field}__lt": end} if start and end else _half(field, start, end)


def _half(field: str, start: datetime | None, end: datetime | None) -> dict[str, Any]:
    if start:
        return {f"{field}__gte": start}
    return {f"{field}__lt": end} if end else {}
