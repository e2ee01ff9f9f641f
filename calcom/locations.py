"""Where a booking happens, read from Cal.com's one text for it."""

from __future__ import annotations

import re

from appointments.backends import Location
from appointments.models.appointment import LocationType
from calcom.schemas.deliveries import BookingBody

_WEB = ("http://", "https://")
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
    """The kind of place and the place. None where the body names none.

    Cal.com's text is an app ("integrations:daily"), a URL, a phone number, one of its own words for a kind, or an
    address; the customer's answer tells an address chosen by the customer from another place.
    """
    raw = body.location.strip()
    if not raw:
        return None
    answered, detail = _answer(body)
    if raw.startswith("integrations:"):
        return Location(type=LocationType.VIDEO, value=raw)
    if raw.startswith(_WEB):
        is_call = answered.startswith("integrations:") or (_video_url(body) == raw and answered != "link")
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


def _video_url(body: BookingBody) -> str:
    return str((body.metadata or {}).get("videoCallUrl") or "")


def _answer(body: BookingBody) -> tuple[str, str]:
    """The customer's answer to the location question: its kind and what was added to it."""
    field = (body.responses or {}).get("location")
    value = field.get("value") if isinstance(field, dict) else None
    if not isinstance(value, dict):
        return "", ""
    return str(value.get("value") or ""), str(value.get("optionValue") or "")[:1000]
