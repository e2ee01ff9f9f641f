"""Where a booking takes place: what a body asks for against what the event type offers."""

from __future__ import annotations

from dataclasses import dataclass

from calcom.sandbox.bookings import policy
from calcom.sandbox.state import EventType, Json
from calcom.sandbox.wire import malformed

# The app's name in the API → its id in answers and webhooks. Those whose id follows a rule are not listed.
_APPS = {
    "cal-video": policy.VIDEO,
    "google-meet": "integrations:google:meet",
    "huddle": "integrations:huddle01",
    "sirius-video": "integrations:sirius_video_video",
    "element-call-video": "integrations:element-call_video",
}
_NAMES = """
zoom whereby-video whatsapp-video webex-video telegram-video tandem sylaps-video skype-video signal-video shimmer-video
salesroom-video roam-video riverside-video ping-video office365-video mirotalk-video jitsi jelly-video
jelly-conferencing facetime-video eightxeight-video discord-video demodesk-video campfire-video
"""
_OTHER_APPS = frozenset(_NAMES.split())
_VALUE_KEYS = {
    "address": "address",
    "link": "link",
    "phone": "phone",
    "attendeeAddress": "address",
    "attendeePhone": "phone",
    "attendeeDefined": "location",
}
_WORDS = {
    "address": "inPerson",
    "link": "link",
    "phone": "userPhone",
    "attendeeAddress": "attendeeInPerson",
    "attendeePhone": "phone",
    "attendeeDefined": "somewhereElse",
    "organizersDefaultApp": "conferencing",
}


@dataclass(frozen=True)
class Place:
    """Where it is, and the booker's raw answer to the question; None when there was none."""

    location: str
    answer: Json | None


def place_of(event_type: EventType, body: Json) -> Place:
    """The place of a new booking: what was asked for, else the first that is offered, else Cal Video."""
    asked = body.get("location")
    if asked is None and body.get("meetingUrl"):
        return Place(str(body["meetingUrl"]), {"value": str(body["meetingUrl"]), "optionValue": ""})
    if not isinstance(asked, dict):
        return Place(_first(event_type, body), None)
    return _asked(event_type, asked)


def changed_place(location: Json, *, old: str | None) -> Place:
    """The place that PATCH …/location sets: here the body carries the value itself."""
    kind = str(location.get("type"))
    if kind == "integration":
        app = app_id(str(location.get("integration")))
        return Place(app, {"value": app, "optionValue": ""})
    value = str(location.get(_VALUE_KEYS.get(kind, ""), old or ""))
    return Place(value, _answer(kind, value))


def app_id(name: str) -> str:
    """The id of a conferencing app."""
    if name in _APPS:
        return _APPS[name]
    if name not in _OTHER_APPS:
        raise malformed(f"Invalid integration: {name}")
    return f"integrations:{name.replace('-', '_')}"


def _asked(event_type: EventType, asked: Json) -> Place:
    kind = str(asked.get("type"))
    offered = policy.locations(event_type) or [{"type": "integration", "integration": "cal-video"}]
    same = [location for location in offered if location["type"] == kind]
    if not same:
        types = ", ".join(dict.fromkeys(str(location["type"]) for location in offered))
        raise malformed(
            f"Booking location with type {kind} not valid for event type with id={event_type.id}. The event type has "
            f"following location types: {types}, and only these types are allowed for booking location."
        )
    if kind == "integration":
        return _integration(event_type, same, str(asked.get("integration")))
    key = _VALUE_KEYS.get(kind, "")
    if kind.startswith("attendee"):
        value = str(asked.get(key, ""))
        return Place(value, _answer(kind, value))
    return Place(_offered_value(same[0]), _answer(kind, ""))


def _integration(event_type: EventType, offered: list[Json], name: str) -> Place:
    app = app_id(name)
    names = [str(location.get("integration")) for location in offered]
    if name not in names:
        raise malformed(
            f"Booking location with integration {name} not valid for event type with id={event_type.id}. "
            f"The event type has following integrations: {', '.join(names)}"
        )
    return Place(app, {"value": app, "optionValue": ""})


def _first(event_type: EventType, body: Json) -> str:
    offered = policy.locations(event_type)
    if not offered:
        return policy.VIDEO
    if offered[0]["type"] == "attendeePhone":
        return str(body["attendee"].get("phoneNumber") or "")
    return _offered_value(offered[0])


def _offered_value(location: Json) -> str:
    kind = str(location["type"])
    if kind == "integration":
        return app_id(str(location["integration"]))
    if kind == "organizersDefaultApp":
        return policy.VIDEO
    return str(location.get(_VALUE_KEYS.get(kind, ""), ""))


def _answer(kind: str, value: str) -> Json:
    return {"value": _WORDS.get(kind, kind), "optionValue": value if kind.startswith("attendee") else ""}
