"""What else can be done with a booking: confirm, decline, absence, host, location, guests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from calcom.client.bookings import Bookings
from calcom.guard import Bucket
from calcom.schemas.bookings import AttendeeRow, BookingRead, Reassigned
from calcom.transport import Call
from calcom.versions import Group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Changes(Bookings):
    """Actions on one booking. Location, attendees and guests have a limit of their own: 5 a minute."""

    def confirm_booking(self, uid: str) -> BookingRead:
        """Accept a pending one; works for a declined one too. A pending series is confirmed as a whole."""
        return self.changed(_action(uid, "/confirm", {}))[0]

    def decline_booking(self, uid: str, *, reason: str = "") -> BookingRead:
        """Reject a pending one. Not final: it can be confirmed afterwards."""
        return self.changed(_action(uid, "/decline", {"reason": reason} if reason else {}))[0]

    def mark_absent(
        self, uid: str, *, attendees: Mapping[str, bool] | None = None, host: bool | None = None
    ) -> BookingRead:
        """Who did not come (by e-mail address), after the start. Raises CalcomRejected before it."""
        body: dict[str, Any] = {}
        if attendees:
            body["attendees"] = [{"email": email, "absent": absent} for email, absent in attendees.items()]
        if host is not None:
            body["host"] = host
        return self.booked(_action(uid, "/mark-absent", body))[0]

    def reassign_booking(self, uid: str, *, user_id: int | None = None, reason: str = "") -> Reassigned:
        """Another host, of the event type's round robin; without `user_id` Cal.com chooses. From documentation."""
        call = _action(uid, "/reassign", {})
        if user_id is not None:
            call = _action(uid, f"/reassign/{user_id}", {"reason": reason} if reason else {}, "/reassign/{user}")
        try:
            return self.parse(Reassigned, self.call(call), call)
        finally:
            self.forget_slots(None)

    def change_location(self, uid: str, location: Mapping[str, str]) -> BookingRead:
        """Where it happens, for example {"type": "link", "link": "https://…"}: the value stands beside the type."""
        return self.booked(_few("PATCH", uid, "/location", {"location": dict(location)}))[0]

    def add_guests(self, uid: str, guests: Sequence[Mapping[str, str]]) -> BookingRead:
        """Up to ten at once: {"email": …, "name": …, "timeZone": …}. Not for seated bookings."""
        return self.booked(_few("POST", uid, "/guests", {"guests": [dict(guest) for guest in guests]}))[0]

    def attendees(self, uid: str) -> list[AttendeeRow]:
        """All attendees with their ids."""
        return self.read_list(AttendeeRow, _few("GET", uid, "/attendees"))

    def add_attendee(self, uid: str, *, name: str, email: str, time_zone: str, language: str = "") -> AttendeeRow:
        """One more attendee."""
        body = {"name": name, "email": email, "timeZone": time_zone} | ({"language": language} if language else {})
        call = _few("POST", uid, "/attendees", body)
        return self.parse(AttendeeRow, self.call(call), call)

    def remove_attendee(self, uid: str, attendee_id: int) -> None:
        """One attendee less."""
        self.call(_few("DELETE", uid, f"/attendees/{attendee_id}", None, "/attendees/{id}"))


def _action(uid: str, action: str, body: dict[str, Any], endpoint: str = "") -> Call:
    path = f"/bookings/{quote(uid, safe='')}{action}"
    return Call("POST", f"/bookings/{{uid}}{endpoint or action}", path, Group.BOOKINGS, body=body)


def _few(method: str, uid: str, action: str, body: dict[str, Any] | None = None, endpoint: str = "") -> Call:
    """Reading attendees is not limited, changing them is."""
    path = f"/bookings/{quote(uid, safe='')}{action}"
    bucket = Bucket.DEFAULT if method == "GET" else Bucket.FEW
    return Call(method, f"/bookings/{{uid}}{endpoint or action}", path, Group.BOOKING_CHANGES, body=body, bucket=bucket)
