"""Where a booking happens, read from Cal.com's one text for it."""

from __future__ import annotations

import re
from typing import Any

from appointments.backends import Location
from appointments.models.appointment import LocationType
from calcom.schemas.bookings import BookingRead
from calcom.schemas.deliveries import BookingBody

_WEB = ("http://", "https://")
_ROOM = "/video/"  # Cal Video's own pages, where nobody was asked for the place and so no answer names the app
_PHONE = re.compile(r"\+[0-9][0-9 ()/-]{5,30}")
_WORDS = {
    "inPerson": LocationType.IN_PERSON,
    "attendeeInPerson": LocationType.IN_PERSON,
    "phone": LocationType.PHONE,
    "userPhone": LocationType.PHONE,
    "link": LocationType.LINK,
    "conferencing": LocationType.VIDEO,
    "somewhereElse": LocationType.OTHER,
}


def location_of(body: BookingBody) -> Location | None:
    """The kind of place and the place that a webhook body names; None where it names none.

    Cal.com's text is an app ("integrations:daily"), a URL, a phone number, one of its own words for a kind, or an
    address; the customer's answer tells an address chosen by the customer from another place.
    """
    field = (body.responses or {}).get("location")
    answered, detail = _answer(field.get("value") if isinstance(field, dict) else None)
    raw = body.location.strip()
    is_call = answered.startswith("integrations:") or (_video_url(body) == raw and answered != "link")
    return _location(raw, answered=answered, detail=detail, is_call=is_call)


def location_in(booking: BookingRead) -> Location | None:
    """The same of a booking that the API tells: the answer stands bare, and an app's link in the app's place."""
    answered, detail = _answer((booking.booking_fields_responses or {}).get("location"))
    raw = booking.location.strip()
    is_call = answered.startswith("integrations:") or _ROOM in raw
    return _location(raw, answered=answered, detail=detail, is_call=is_call)


def _location(raw: str, *, answered: str, detail: str, is_call: bool) -> Location | None:
    if not raw:
        return None
    if raw.startswith("integrations:"):
        return Location(type=LocationType.VIDEO, value=raw)
    if raw.startswith(_WEB):
        return Location(type=LocationType.VIDEO if is_call else LocationType.LINK, value=raw)
    if _PHONE.fullmatch(raw):
        return Location(type=LocationType.PHONE, value=raw)
    if raw in _WORDS:
        return Location(type=_WORDS[raw], value=detail)
    is_elsewhere = answered == "somewhereElse"
    return Location(type=LocationType.OTHER if is_elsewhere else LocationType.IN_PERSON, value=raw)


def meeting_url_of(body: BookingBody) -> str:
    """The address to join the meeting at; empty where there is none (yet)."""
    place = body.location
    if place.startswith(_WEB):
        return place
    if not place.startswith("integrations:"):  # a customer can write metadata: there, a link would be theirs
        return ""
    url = _video_url(body) or str((body.video_call_data or {}).get("url") or "")
    return url[:1000] if url.startswith(_WEB) else ""


def meeting_url_in(booking: BookingRead) -> str:
    """The same of a booking that the API tells: there the link stands in the app's place."""
    return booking.location if booking.location.startswith(_WEB) else ""


def _video_url(body: BookingBody) -> str:
    return str((body.metadata or {}).get("videoCallUrl") or "")


def _answer(value: Any) -> tuple[str, str]:
    """The customer's answer to the location question: its kind and what was added to it."""
    if not isinstance(value, dict):
        return "", ""
    return str(value.get("value") or ""), str(value.get("optionValue") or "")[:1000]
