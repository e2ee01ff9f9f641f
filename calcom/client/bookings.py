"""Bookings: make, look up, list, move, cancel. Version 2024-08-13, or the company's own.

A write is sent once. Cal.com has no idempotency key: after CalcomUnclear look before writing again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import structlog

from calcom.client.base import MAX_PAGES, Caller, utc
from calcom.client.filters import BookingFilter
from calcom.errors import CalcomRejected
from calcom.schemas.bookings import BookingRead
from calcom.transport import Call
from calcom.versions import CURSOR_LISTS_SINCE, Group, version_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

logger = structlog.get_logger(__name__)

PER_PAGE = 100


@dataclass(frozen=True)
class Booker:
    """Who books. E-mail or phone, at least one; the phone number in E.164; language as in "de"."""

    name: str
    time_zone: str
    email: str = ""
    phone: str = ""
    language: str = ""

    def body(self) -> dict[str, str]:
        """As Cal.com wants it; what is empty is left out."""
        told = {"email": self.email, "phoneNumber": self.phone, "language": self.language}
        return {"name": self.name, "timeZone": self.time_zone} | {key: value for key, value in told.items() if value}


@dataclass(frozen=True)
class BookingRequest:
    """A new booking. `occurrences` only for recurring event types, `length_min` only for those of several lengths.

    `location` as Cal.com's input wants it, for example {"type": "attendeePhone", "phone": "+49…"}. `answers` by slug.
    """

    event_type_id: int
    starts_at: datetime
    booker: Booker
    length_min: int | None = None
    guests: Sequence[str] = ()
    location: Mapping[str, str] | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    occurrences: int | None = None

    def body(self) -> dict[str, Any]:
        """What is sent. Raises ValueError for metadata that Cal.com would refuse."""
        told: dict[str, Any] = {
            "guests": list(self.guests),
            "location": dict(self.location or {}),
            "bookingFieldsResponses": dict(self.answers),
            "metadata": metadata_of(self.metadata),
            "lengthInMinutes": self.length_min,
            "recurrenceCount": self.occurrences,
        }
        needed = {
            "eventTypeId": self.event_type_id,
            "start": utc(self.starts_at),
            "attendee": self.booker.body(),
        }
        return needed | {key: value for key, value in told.items() if value}


class Bookings(Caller):
    """Whoever knows a uid may read, move and cancel at Cal.com: treat it as a secret."""

    def create_booking(self, request: BookingRequest, *, sharing: Sequence[int] | None = None) -> list[BookingRead]:
        """The new booking; several of a recurring event type; with `seat_uid` of a seated one.

        Raises CalcomSlotTaken. A series is not made at once: after an error some occurrences may stand.
        For `sharing` see calcom.cache.forget_slots(). POST /v2/bookings.
        """
        call = Call("POST", "/bookings", "/bookings", Group.BOOKINGS, body=request.body())
        try:
            return self.booked(call)
        finally:
            self.forget_slots(request.event_type_id, sharing=sharing)

    def booking(self, uid: str) -> BookingRead:
        """One booking. Raises CalcomNotFound. GET /v2/bookings/{uid}."""
        call = _call("GET", uid, "")
        return self.parse(BookingRead, self.call(call), call)

    def series(self, recurring_uid: str) -> list[BookingRead]:
        """All occurrences of a series, by its own uid. GET /v2/bookings/{uid}."""
        call = _call("GET", recurring_uid, "")
        data = self.call(call)
        return self.parse_list(BookingRead, data if isinstance(data, list) else [data], call)

    def booking_by_seat(self, seat_uid: str) -> BookingRead:
        """The booking in which the seat is. GET /v2/bookings/by-seat/{uid}."""
        call = Call("GET", "/bookings/by-seat/{uid}", f"/bookings/by-seat/{quote(seat_uid, safe='')}", Group.BOOKINGS)
        return self.parse(BookingRead, self.call(call), call)

    def bookings(self, wanted: BookingFilter | None = None) -> Iterator[BookingRead]:
        """Every booking that the key's user sees: the pages of booking_pages() in one row."""
        for page in self.booking_pages(wanted):
            yield from page

    def booking_pages(
        self, wanted: BookingFilter | None = None, *, per_page: int = PER_PAGE
    ) -> Iterator[list[BookingRead]]:
        """The same by pages (of 1 to 100), each asked for when it is wanted, until one brings nothing new.

        What is in two pages that follow each other comes once. Of older pages nothing but a fingerprint is remembered.

        Sorted by creation unless the filter says otherwise, so that new ones do not push others out of sight. One that
        cannot be read is passed over with a warning. GET /v2/bookings.
        """
        query = (wanted or BookingFilter()).query()
        by_cursor = version_for(self.company, Group.BOOKING_LIST) >= CURSOR_LISTS_SINCE
        pages = self._pages_by_cursor(query, per_page) if by_cursor else self._pages_by_offset(query, per_page)
        before, known = frozenset[str](), set[int]()
        for page in pages:
            uids = frozenset(booking.uid for booking in page)
            if page and (uids <= before or hash(uids) in known):
                return
            yield [booking for booking in page if booking.uid not in before]
            before = uids
            known.add(hash(uids))

    def reschedule_booking(
        self, uid: str, *, starts_at: datetime, reason: str = "", rescheduled_by: str = "", seat_uid: str = ""
    ) -> BookingRead:
        """The new booking: it has a new uid and id, and a seat a new seat uid. Raises CalcomSlotTaken.

        With the owner's e-mail address as `rescheduled_by` it needs no confirmation.
        POST /v2/bookings/{uid}/reschedule.
        """
        told = {"reschedulingReason": reason, "rescheduledBy": rescheduled_by, "seatUid": seat_uid}
        if seat_uid:
            told = {"seatUid": seat_uid}
        body = {"start": utc(starts_at)} | {key: value for key, value in told.items() if value}
        return self.changed(_call("POST", uid, "/reschedule", body))[0]

    def cancel_booking(
        self, uid: str, *, reason: str, following: bool = False, seat_uid: str = ""
    ) -> list[BookingRead]:
        """Cancel one booking, the rest of a series from this one on, or one seat; by a series' uid all that remain.

        The owner has to give a reason. Returns the booking, or its series, as it is now.
        POST /v2/bookings/{uid}/cancel.
        """
        if not reason.strip():
            raise ValueError("Cal.com demands a reason from whoever owns the calendar")
        body: dict[str, Any] = {"cancellationReason": reason}
        if seat_uid:
            body["seatUid"] = seat_uid
        if following:
            body["cancelSubsequentBookings"] = True
        try:
            return self.changed(_call("POST", uid, "/cancel", body))
        except CalcomRejected as error:
            if not (seat_uid and "cancellationReason should not exist" in error.reason):
                raise
            # Older servers know no reason where one seat is cancelled.
            return self.changed(_call("POST", uid, "/cancel", {"seatUid": seat_uid}))

    def booked(self, call: Call) -> list[BookingRead]:
        """One or several bookings, whichever Cal.com answers with. Raises CalcomUnclear for none."""
        data = self.call(call)
        bookings = self.parse_list(BookingRead, data if isinstance(data, list) else [data], call)
        if not bookings:
            raise self.unexpected(call, None)
        return bookings

    def changed(self, call: Call) -> list[BookingRead]:
        """The bookings after a change, which has changed what is free, whatever became of the answer."""
        event_type_id = None
        try:
            bookings = self.booked(call)
            event_type_id = bookings[0].event_type_id
            return bookings
        finally:
            self.forget_slots(event_type_id)

    def _pages_by_offset(self, query: dict[str, str | int], per_page: int) -> Iterator[list[BookingRead]]:
        skip = 0
        for _number in range(MAX_PAGES):
            call = _list_call(query | {"take": per_page, "skip": skip})
            items = self.call(call)
            if not items and isinstance(items, list):
                return
            yield list(self.readable(BookingRead, items, call))
            skip += len(items)
        raise self.endless(call)

    def _pages_by_cursor(self, query: dict[str, str | int], per_page: int) -> Iterator[list[BookingRead]]:
        """From documentation: version 2026-05-01. The order follows from the filters there."""
        query = {key: value for key, value in query.items() if not key.startswith("sort")}
        cursor, used = "", {""}
        for _number in range(MAX_PAGES):
            call = _list_call(query | {"limit": per_page} | ({"cursor": cursor} if cursor else {}))
            answer = self.call_whole(call)
            yield list(self.readable(BookingRead, answer.get("data"), call))
            cursor = self._next_cursor(answer.get("pagination"), call)
            if cursor in used:
                return
            used.add(cursor)
        raise self.endless(call)

    def _next_cursor(self, pagination: Any, call: Call) -> str:
        """Where the list goes on, "" at its end."""
        cursor = pagination.get("nextCursor") if isinstance(pagination, dict) else pagination
        if cursor is None:
            return ""
        if not isinstance(pagination, dict) or not isinstance(cursor, str):
            raise self.unexpected(call, None, missing="pagination")
        return cursor


def _call(method: str, uid: str, action: str, body: dict[str, Any] | None = None) -> Call:
    return Call(
        method, f"/bookings/{{uid}}{action}", f"/bookings/{quote(uid, safe='')}{action}", Group.BOOKINGS, body=body
    )


def _list_call(query: dict[str, str | int]) -> Call:
    return Call("GET", "/bookings", "/bookings", Group.BOOKING_LIST, query=query)


def metadata_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Metadata as texts: Cal.com refuses numbers. At most 50 keys of 40 characters, values of 500; else ValueError."""
    texts = {key: str(value) for key, value in values.items()}
    if len(texts) > 50 or any(len(key) > 40 or len(value) > 500 for key, value in texts.items()):
        raise ValueError("metadata holds at most 50 keys of 40 characters, with values of 500")
    return texts
