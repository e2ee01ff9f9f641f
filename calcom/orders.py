"""An order of the domain's becomes a request that Cal.com accepts: who, where, and the event type's own questions.

Cal.com refuses what it does not know and what it misses (lesson L-1): only questions that the event type asks are
answered, and its title, where one is demanded, is filled in. What only a person can answer is left to Cal.com to refuse
in words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from appointments.customers import normal_phone
from appointments.models.appointment import LocationType
from calcom import reference
from calcom.client.bookings import Booker, BookingRequest

if TYPE_CHECKING:
    from appointments.backends import AttendeeSnapshot, BookingOrder, Location
    from calcom.models import EventType

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_CODES = """
ar ca de es eu he id ja lv pl ro sr th vi az cs el es-419 fi hr it km nl pt ru sv tr zh-CN bg da en et fr hu iw ko no
pt-BR sk ta uk zh-TW bn
"""
_LANGUAGES = frozenset(_CODES.split())
_ASKED_ELSEWHERE = {"name", "email", "location", "guests", "rescheduleReason", "attendeePhoneNumber"}
_LISTS = {"checkbox", "multiselect", "multiemail"}
_MOST_GUESTS = 30

# What the domain calls a place → Cal.com's kinds of it, best first, and where their value goes. Those without one take
# it from the event type.
_KINDS: dict[str, tuple[tuple[str, str], ...]] = {
    LocationType.IN_PERSON: (("address", ""), ("attendeeAddress", "address")),
    LocationType.PHONE: (("attendeePhone", "phone"), ("phone", "")),
    LocationType.LINK: (("link", ""),),
    LocationType.OTHER: (("attendeeDefined", "location"),),
}


def request_for(order: BookingOrder, event_type: EventType | None, *, company_id: int) -> BookingRequest:
    """What to send. `event_type`: our copy; None where we have none, then only what every event type knows is sent."""
    booker = order.attendees[0]
    fields = [] if event_type is None else event_type.booking_fields
    return BookingRequest(
        event_type_id=order.event_type_id,
        starts_at=order.starts_at,
        booker=_booker(booker, time_zone=order.time_zone),
        length_min=order.length_min if event_type is not None and len(event_type.lengths) > 1 else None,
        guests=_guests(order, event_type),
        location=_location(order.location, event_type, phone=_phone(booker.phone)),
        answers=_answers(order, fields, title=event_type.title if event_type else ""),
        metadata=reference.signed(company_id, order.reference),
        occurrences=1 if event_type is not None and event_type.is_recurring else None,
    )


def _booker(person: AttendeeSnapshot, *, time_zone: str) -> Booker:
    return Booker(
        name=person.name or person.email or person.phone,
        time_zone=person.time_zone or time_zone,
        email=person.email,
        phone=_phone(person.phone),
        language=_language(person.locale),
    )


def _phone(text: str) -> str:
    """The number in E.164, or none: any other spelling is refused."""
    number = normal_phone(text)
    return number if _E164.fullmatch(number) else ""


def _language(locale: str) -> str:
    if locale in _LANGUAGES:
        return locale
    short = re.split("[-_]", locale)[0].lower()
    return short if short in _LANGUAGES else ""


def _guests(order: BookingOrder, event_type: EventType | None) -> list[str]:
    """Everybody else by address, each once; Cal.com refuses doubles and the booker's own address."""
    if event_type is not None and (event_type.disable_guests or event_type.seats is not None):
        return []
    wanted = [*(person.email for person in order.attendees[1:]), *order.guests]
    others = {email.strip().lower(): None for email in wanted if email.strip()}
    others.pop(order.attendees[0].email.strip().lower(), None)
    return list(others)[:_MOST_GUESTS]


def _location(place: Location | None, event_type: EventType | None, *, phone: str) -> dict[str, str] | None:
    """The place, as far as the event type offers it; None lets Cal.com take the first that it offers."""
    if place is None or event_type is None:
        return None
    offered = [str(one.get("type")) for one in event_type.locations]
    if place.type == LocationType.VIDEO:
        return _video(place.value, event_type)
    for kind, key in _KINDS.get(place.type, ()):
        value = _phone(place.value) or phone if key == "phone" else place.value.strip()
        if kind in offered and (value or not key):
            return {"type": kind} | ({key: value} if key else {})
    return None


def _video(value: str, event_type: EventType) -> dict[str, str] | None:
    apps = [str(one.get("integration")) for one in event_type.locations if one.get("type") == "integration"]
    if not apps:
        return None
    named = value.removeprefix("integrations:").replace("_", "-")
    return {"type": "integration", "integration": named if named in apps else apps[0]}


def _answers(order: BookingOrder, fields: list[dict[str, Any]], *, title: str) -> dict[str, Any]:
    given = {slug: _plain(answer) for slug, answer in order.answers.items()}
    if order.notes and not given.get("notes"):
        given["notes"] = order.notes
    answers: dict[str, Any] = {}
    for field in fields:
        slug = str(field.get("slug", ""))
        if slug in _ASKED_ELSEWHERE:
            continue
        if slug == "title" and not given.get(slug) and field.get("required") and not field.get("hidden"):
            given[slug] = title
        if given.get(slug) not in (None, ""):
            answers[slug] = _typed(given[slug], str(field.get("type", "")))
    return answers if fields else {slug: given[slug] for slug in ("notes",) if given.get(slug)}


def _plain(answer: Any) -> Any:
    """An answer as it is kept, {"label": …, "value": …}, or bare."""
    return answer["value"] if isinstance(answer, dict) and "value" in answer else answer


def _typed(value: Any, kind: str) -> Any:
    """The value in the type that a field of this kind wants."""
    if kind in _LISTS:
        return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
    if kind == "boolean":
        return value if isinstance(value, bool) else str(value).strip().lower() in {"true", "yes", "1", "on"}
    if kind == "phone":
        return _phone(str(value)) or str(value)
    return value if kind == "number" else str(value)
