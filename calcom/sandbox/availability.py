"""When a host works: schedules and overrides as instants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from calcom.sandbox.state import Json, Schedule

Span = tuple[datetime, datetime]

_NOON = time(12)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LAST_MINUTE = timedelta(hours=23, minutes=59)
_DAY = timedelta(days=1)


def working_spans(schedule: Schedule, *, starts_at: datetime, ends_at: datetime) -> list[Span]:
    """The schedule's hours within two instants, merged, soonest first. Overrides replace the hours of their day."""
    zone = ZoneInfo(schedule.time_zone)
    first, last = starts_at.astimezone(zone).date() - _DAY, ends_at.astimezone(zone).date() + _DAY
    overrides: dict[str, list[Json]] = {}
    for override in schedule.overrides:
        overrides.setdefault(override["date"], []).append(override)
    spans: list[Span] = []
    for day in _days(first, last):
        hours = overrides.get(day.isoformat(), _hours_of(schedule, day))
        spans += [_span(day, one, zone) for one in hours]
    return merged(clipped(spans, starts_at=starts_at, ends_at=ends_at))


def clipped(spans: Iterable[Span], *, starts_at: datetime, ends_at: datetime) -> list[Span]:
    """What of the spans lies within two instants."""
    cut = ((max(start, starts_at), min(end, ends_at)) for start, end in spans)
    return [(start, end) for start, end in cut if start < end]


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans without overlaps, in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def without(spans: list[Span], taken: Iterable[Span]) -> list[Span]:
    """What is left of merged spans when others are taken out."""
    left: list[Span] = []
    busy = merged(taken)
    for start, end in spans:
        at = start
        for busy_start, busy_end in busy:
            if busy_end <= at or busy_start >= end:
                continue
            if busy_start > at:
                left.append((at, busy_start))
            at = max(at, busy_end)
        if at < end:
            left.append((at, end))
    return left


def common(these: list[Span], those: list[Span]) -> list[Span]:
    """Where both have time."""
    pairs = ((max(a[0], b[0]), min(a[1], b[1])) for a in these for b in those)
    return sorted((start, end) for start, end in pairs if start < end)


def _hours_of(schedule: Schedule, day: date) -> list[Json]:
    name = _DAYS[day.weekday()]
    return [hours for hours in schedule.availability if name in hours["days"]]


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _span(day: date, hours: Json, zone: ZoneInfo) -> Span:
    """One stretch of work as instants.

    Cal.com reckons a whole day with one offset from UTC, also when the clocks change at night: then hours before the
    change lie one hour off. Seen at a running server on both days in Berlin: a schedule from 00:00 began at 23:00 of
    the evening before in spring and at 01:00 in autumn. Hours after the change are right.
    """
    offset = datetime.combine(day, _NOON, zone).utcoffset() or timedelta()
    start_of_day = datetime.combine(day, time(0), UTC) - offset
    end = _since_midnight(hours["endTime"])
    return start_of_day + _since_midnight(hours["startTime"]), start_of_day + (_DAY if end == _LAST_MINUTE else end)


def _since_midnight(text: str) -> timedelta:
    hours, minutes = text.split(":")[:2]
    return timedelta(hours=int(hours), minutes=int(minutes))
