"""Uids from Cal.com's list: a stretch of appointments at a time, soonest first.

Cal.com finds no booking by its number, but lists all of a period. A stretch is as many appointments as a batch has,
unless a long gap ends it; its period is asked for page by page. A booking is an appointment's where number and start
agree; what is left then, where event type, start and address do, and no other booking or appointment has the same.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from appointments.customers import normal_email
from appointments.models import Attendee
from calcom.client.filters import BookingFilter
from calcom.errors import CalcomRejected
from calcom.legacy.uids.stored import fits
from calcom.legacy.uids.work import Checkpoint, Left, Match, Moves, Work

if TYPE_CHECKING:
    from calcom.client import CalcomClient
    from calcom.schemas.bookings import BookingRead

LIST = "list"
_COLUMNS = (
    "pk",
    "calcom_booking_id",
    "calcom_event_type_id",
    "starts_at",
    "previous_starts_at",
    "ends_at",
    "customer__email",
)
_GAP = timedelta(days=14)
# Only the end can be bounded: a booking may be longer there than here.
_LONGEST = timedelta(days=1)
_MOST_TYPES = 20

_NOT_LISTED = "Cal.com lists no booking of this number at this time to the company's key"
_OTHER_START = "Cal.com's booking of this number starts at {start:%Y-%m-%d %H:%M} UTC: it is another one"
_AMBIGUOUS = "several bookings at Cal.com, or appointments here, have this event type, start and address"
_TAKEN = "its booking is appointment {owner} here already; one of the two is too many"

Row = dict[str, Any]
Key = tuple[int | None, datetime]


@dataclass
class Stretch:
    """The appointments in work, what the list has told of them so far, and where the next stretch begins."""

    rows: list[Row]
    end: list[Any]
    starts: dict[int, datetime] = field(default_factory=dict)
    candidates: dict[Key, dict[str, BookingRead]] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)

    def wanted(self, *, with_types: bool) -> BookingFilter:
        """Its period, and its event types where all are known and few."""
        types = sorted({row["calcom_event_type_id"] or 0 for row in self.rows})
        is_narrow = with_types and 0 not in types and len(types) <= _MOST_TYPES
        return BookingFilter(
            starts_after=self.rows[0]["starts_at"],
            ends_before=max(row["ends_at"] for row in self.rows) + _LONGEST,
            event_type_ids=types if is_narrow else (),
        )


def from_list(work: Work, client: CalcomClient, after: Sequence[Any] | None) -> Iterator[Moves]:
    """Go through the list, stretch by stretch; yields the moves found, page by page. Raises CalcomError."""
    narrow = _Narrow()
    is_over = False
    while not is_over:
        # A stretch of its own function, so that one is forgotten before the next is read.
        after, is_over = yield from _one_stretch(work, client, narrow, after)


def _one_stretch(
    work: Work, client: CalcomClient, narrow: _Narrow, after: Sequence[Any] | None
) -> Generator[Moves, None, tuple[Sequence[Any] | None, bool]]:
    """Returns where the next one begins, and whether there was none."""
    stretch = _next(work, after)
    if stretch is None:
        return after, True
    checkpoint: Checkpoint = {"phase": LIST, "after": after}
    for page in narrow.pages(client, stretch) if stretch.rows else ():
        yield _write(work, stretch, _by_number(work, stretch, page), checkpoint=checkpoint)
    left = _left(work, stretch)
    yield _write(work, stretch, _second_chance(work, stretch, left), checkpoint=checkpoint)
    _report(work, stretch, left)
    work.note({"phase": LIST, "after": stretch.end})
    work.tell()
    return stretch.end, False


class _Narrow:
    """The list by event types, until Cal.com refuses one: the key does not see all of them, or they are deleted."""

    def __init__(self) -> None:
        self._with_types = True

    def pages(self, client: CalcomClient, stretch: Stretch) -> Iterator[list[BookingRead]]:
        """The stretch's pages. Raises CalcomError."""
        try:
            yield from client.booking_pages(stretch.wanted(with_types=self._with_types))
        except CalcomRejected:
            if not self._with_types:
                raise
            self._with_types = False
            yield from client.booking_pages(stretch.wanted(with_types=False))


def _next(work: Work, after: Sequence[Any] | None) -> Stretch | None:
    rows = work.open().order_by("starts_at", "pk")
    if after is not None:
        start, pk = after
        rows = rows.filter(Q(starts_at__gt=start) | Q(starts_at=start, pk__gt=pk))
    found = list(rows.values(*_COLUMNS)[: work.batch])
    if not found:
        return None
    gaps = (place for place in range(1, len(found)) if found[place]["starts_at"] - found[place - 1]["starts_at"] > _GAP)
    found = found[: next(gaps, None)]
    end = [found[-1]["starts_at"].isoformat(), found[-1]["pk"]]
    return Stretch([row for row in found if row["pk"] not in work.claimed], end)


def _by_number(work: Work, stretch: Stretch, page: Sequence[BookingRead]) -> list[Match]:
    """The appointments of which the page holds the booking; the rest of it that matters is remembered."""
    _remember(stretch, page)
    by_number = {read.id: read for read in page}
    rows = work.open().filter(calcom_booking_id__in=list(by_number)).order_by("pk").values(*_COLUMNS)
    matches = []
    for row in rows:
        read = by_number[row["calcom_booking_id"]]
        if not fits(read.id, read.starts_at, row):
            stretch.starts[row["pk"]] = read.starts_at
        elif row["pk"] not in work.claimed:
            matches.append(_match(row["pk"], read, how="listed"))
    return matches


def _remember(stretch: Stretch, page: Iterable[BookingRead]) -> None:
    keys = {(row["calcom_event_type_id"], row["starts_at"]) for row in stretch.rows}
    for read in page:
        if (key := (read.event_type_id, read.starts_at)) in keys:
            stretch.candidates.setdefault(key, {})[read.uid] = read  # a list may name one twice


def _match(pk: int, read: BookingRead, *, how: str) -> Match:
    return Match(pk=pk, how=how, uid=read.uid, booking_id=read.id, successor_uid=read.rescheduled_to_uid)


def _write(work: Work, stretch: Stretch, matches: list[Match], *, checkpoint: Checkpoint) -> Moves:
    written = work.write(matches, checkpoint=checkpoint)
    stretch.owners |= written.owners
    return written.moves


def _left(work: Work, stretch: Stretch) -> list[Row]:
    still = set(work.still_open([row["pk"] for row in stretch.rows])) - stretch.owners.keys()
    return [row for row in stretch.rows if row["pk"] in still]


def _second_chance(work: Work, stretch: Stretch, left: Sequence[Row]) -> list[Match]:
    """Event type, start and address: where one booking and one appointment have them, they are the same."""
    addresses = _addresses(work, left)
    found: dict[str, list[tuple[int, BookingRead]]] = {}
    for row in left:
        own = addresses.get(row["pk"], set())
        reads = [read for read in stretch.candidates.get(_key(row), {}).values() if own & _told_addresses(read)]
        row["rivals"] = len(reads)
        if len(reads) == 1:
            found.setdefault(reads[0].uid, []).append((row["pk"], reads[0]))
    for rivals in found.values():
        if len(rivals) > 1:
            pks = {pk for pk, _read in rivals}
            for row in left:
                row["rivals"] = len(rivals) if row["pk"] in pks else row["rivals"]
    return [_match(*rivals[0], how="second_chance") for rivals in found.values() if len(rivals) == 1]


def _key(row: Row) -> Key:
    return row["calcom_event_type_id"], row["starts_at"]


def _addresses(work: Work, rows: Sequence[Row]) -> dict[int, set[str]]:
    """Of each appointment, who attends or booked it."""
    found = {row["pk"]: {normal_email(row["customer__email"] or "")} - {""} for row in rows}
    people = Attendee.objects.for_company(work.company).filter(appointment__in=list(found)).exclude(email="")
    for pk, email in people.values_list("appointment_id", "email"):
        found[pk].add(normal_email(email))
    return found


def _told_addresses(read: BookingRead) -> set[str]:
    booker = (read.booking_fields_responses or {}).get("email")
    told = [*(one.email for one in read.attendees), booker if isinstance(booker, str) else ""]
    return {normal_email(email) for email in told if email}


def _report(work: Work, stretch: Stretch, left: Sequence[Row]) -> None:
    """What has no uid now, and why."""
    still = set(work.still_open([row["pk"] for row in left])) | stretch.owners.keys()
    for row in [row for row in stretch.rows if row["pk"] in still]:
        owner = stretch.owners.get(row["pk"])
        work.result.numbers["not_found" if owner is None else "doubled"] += 1
        reason = _reason(stretch, row) if owner is None else _TAKEN.format(owner=owner)
        work.leave(
            Left(
                appointment_id=row["pk"],
                booking_id=row["calcom_booking_id"],
                starts_at=row["starts_at"],
                reason=reason,
            )
        )


def _reason(stretch: Stretch, row: Row) -> str:
    if row.get("rivals", 0) > 1:
        return _AMBIGUOUS
    other = stretch.starts.get(row["pk"])
    return _NOT_LISTED if other is None else _OTHER_START.format(start=other)
