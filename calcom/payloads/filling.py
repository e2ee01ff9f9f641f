"""What the news in stored payloads changes in an appointment's columns. Nothing is read or written here.

The registers are those of live news (appointments.inbound.registers): of several payloads the newest that tells a
column counts, and what is filled remembers how new it is, so that webhooks that come later still count. A column that
holds something is touched only on demand, and then not by a payload older than what stands there. What was changed here
and is still on its way to Cal.com is never touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from appointments.backends import BookingSnapshot, News, RecordingNews, SeatChange
from appointments.inbound.registers import Stamp, demoted, is_local, stamp_of, told
from appointments.models.appointment import LocationType, Status, has_answer
from calcom.payloads.rows import Row

# By register the column whose emptiness is a gap.
_MAIN = {
    "location": "location_type",
    "meeting_url": "meeting_url",
    "responses": "responses",
    "metadata": "booking_metadata",
    "host": "hosts",
    "recurring": "is_recurring",
    "series": "recurring_event_id",
    "recording": "recording_url",
}
_REASONS = {
    Status.CANCELLED: ("cancellation_reason", "cancelled_by"),
    Status.REJECTED: ("rejected_reason",),
}


@dataclass(frozen=True)
class Wish:
    """`is_overwriting`: also what stands there, where the payload is as new; `changed_too`: and where it is older."""

    is_overwriting: bool = False
    changed_too: bool = False


@dataclass(frozen=True)
class Told:
    """News, and whether it is about the appointment's present booking, not one before a move."""

    news: News
    is_current: bool = True


def fill(row: Row, tellings: Sequence[Told], wish: Wish) -> None:
    """Note in `row.changes` what the news adds, and in `row.replaced` what it puts in another value's place."""
    for name, (stamp, columns) in _newest(tellings).items():
        held = row.news.get(name)
        if held is not None and is_local(held):
            continue
        if row.lacks(_MAIN[name]):
            changed = _fill_gaps(row, columns)
        else:
            changed = _may_replace(held, stamp, wish) and not _says_less(row, name, columns) and _replace(row, columns)
        if changed:
            row.news[name] = stamp if held is None else max(held, stamp)
            row.has_new_news = True
    if row.status in _REASONS:
        _fill_reasons(row, tellings, wish)


def _newest(tellings: Sequence[Told]) -> dict[str, tuple[Stamp, dict[str, Any]]]:
    """The registers that are told, each by the newest news; of equally new the first."""
    found: dict[str, tuple[Stamp, dict[str, Any]]] = {}
    for telling in tellings:
        for name, stamp, columns in _registers(telling.news):
            if not telling.is_current and name == "recording":
                continue
            worth = stamp if telling.is_current else demoted(stamp)
            if name not in found or worth > found[name][0]:
                found[name] = worth, columns
    return found


def _registers(news: News) -> Iterator[tuple[str, Stamp, dict[str, Any]]]:
    if isinstance(news, BookingSnapshot):
        yield from ((name, stamp, columns) for name, stamp, columns in told(news) if name in _MAIN and columns)
    elif isinstance(news, RecordingNews):
        yield "recording", stamp_of(news.as_of), {"recording_url": news.url}


def _may_replace(held: Stamp | None, stamp: Stamp, wish: Wish) -> bool:
    return wish.is_overwriting and (wish.changed_too or held is None or stamp >= held)


def _says_less(row: Row, name: str, columns: dict[str, Any]) -> bool:
    """Whether another source has told the same in better words: with labels, all hosts of a team, the app."""
    if name == "responses":
        return _answers(row.value("responses")) == _answers(columns["responses"])
    if name == "host":
        return columns["calcom_host_id"] in {None, row.value("calcom_host_id")}
    is_call = columns.get("location_type") == LocationType.VIDEO
    return name == "location" and is_call and row.value("location_type") == LocationType.VIDEO


def _answers(responses: Any) -> dict[str, Any]:
    """Slug to answer, of what was answered."""
    return {slug: answer["value"] for slug, answer in dict(responses).items() if has_answer(answer)}


def _fill_gaps(row: Row, columns: dict[str, Any]) -> bool:
    """Fill what is empty of these."""
    gaps = {column: value for column, value in columns.items() if row.lacks(column) and value not in (None, "")}
    row.changes |= gaps
    return bool(gaps)


def _replace(row: Row, columns: dict[str, Any]) -> bool:
    others = {column: value for column, value in columns.items() if value is not None and row.value(column) != value}
    row.replaced |= {column: [row.value(column), value] for column, value in others.items() if not row.lacks(column)}
    row.changes |= others
    return bool(others)


def _fill_reasons(row: Row, tellings: Sequence[Told], wish: Wish) -> None:
    """Why it is off: only what was said of this booking when it was called off, and as a whole."""
    held = row.news.get("status")
    if held is not None and is_local(held):
        return
    for telling in tellings:
        news = telling.news
        if not isinstance(news, BookingSnapshot) or not telling.is_current or news.seat_change is not SeatChange.JOINED:
            continue
        if news.status != row.status or news.rescheduled_to_uid:
            continue
        columns = {name: value for name in _REASONS[Status(row.status)] if (value := getattr(news, name))}
        if _fill_gaps(row, columns):
            continue
        stamp = stamp_of(news.as_of, is_final=news.status == Status.CANCELLED)
        if _may_replace(None if held is None else held[:3], stamp[:3], wish):
            _replace(row, columns)
