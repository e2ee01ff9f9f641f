"""Opening hours as instants. A moment is within them where clocks on the wall then show a time within them.

So a span over the hour that clocks skip is an hour shorter, one over the hour that they show twice an hour longer, and
one that ends within that hour is open, closed and open again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from appointments.availability.diary import Span
from appointments.wall_time import clock_changes
from companies.validators import WEEKDAYS

Hours = Mapping[str, Sequence[str]]


def open_spans(hours: Hours, zone: ZoneInfo, starts_at: datetime, ends_at: datetime) -> tuple[Span, ...] | None:
    """When a place is open within two instants, soonest first; None where it has stated no hours at all."""
    if not hours:
        return None
    return tuple(_merged(sorted(_spans(hours, zone, starts_at, ends_at), key=lambda span: span.starts_at)))


def is_within(spans: Sequence[Span], starts_at: datetime, ends_at: datetime) -> bool:
    """Whether one of the spans covers all of it."""
    return any(span.starts_at <= starts_at and ends_at <= span.ends_at for span in spans)


def _spans(hours: Hours, zone: ZoneInfo, starts_at: datetime, ends_at: datetime) -> Iterator[Span]:
    for piece in _pieces(zone, starts_at, ends_at):
        offset = piece.starts_at.astimezone(zone).utcoffset() or timedelta()
        for day in _days((piece.starts_at + offset).date(), (piece.ends_at + offset).date()):
            midnight = datetime.combine(day, time(), UTC) - offset
            for opens, closes in map(_read, hours.get(WEEKDAYS[day.weekday()], ())):
                span = Span(max(midnight + opens, piece.starts_at), min(midnight + closes, piece.ends_at))
                if span.starts_at < span.ends_at:
                    yield span


def _pieces(zone: ZoneInfo, starts_at: datetime, ends_at: datetime) -> Iterator[Span]:
    """The time between two instants, cut where clocks change."""
    begin = starts_at.astimezone(UTC)
    for change in clock_changes(zone, starts_at, ends_at):
        yield Span(begin, change.at)
        begin = change.at
    yield Span(begin, ends_at.astimezone(UTC))


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _read(text: str) -> tuple[timedelta, timedelta]:
    opens, closes = text.split("-")
    return _since_midnight(opens), _since_midnight(closes)


def _since_midnight(text: str) -> timedelta:
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _merged(spans: list[Span]) -> Iterator[Span]:
    present: Span | None = None
    for span in spans:
        if present is not None and span.starts_at <= present.ends_at:
            present = Span(present.starts_at, max(present.ends_at, span.ends_at))
            continue
        if present is not None:
            yield present
        present = span
    if present is not None:
        yield present
