"""What Cal.com fills in for an event type that says nothing about it, and the booking form it makes of the fields."""

from __future__ import annotations

import copy
from typing import Any

from calcom.sandbox.state import EventType, Json

_OFF: Json = {"disabled": True}

# In the order of Cal.com's answers. Settings without a default (limits of bookings) appear only when they are set.
DEFAULTS: Json = {
    "description": "",
    "locations": [],
    "bookingFields": None,
    "recurrence": None,
    "disableGuests": False,
    "slotInterval": None,
    "minimumBookingNotice": 120,
    "beforeEventBuffer": 0,
    "afterEventBuffer": 0,
    "metadata": {},
    "price": 0,
    "currency": "usd",
    "lockTimeZoneToggleOnBookingPage": False,
    "forwardParamsSuccessRedirect": True,
    "successRedirectUrl": None,
    "isInstantEvent": False,
    "scheduleId": None,
    "onlyShowFirstAvailableSlot": False,
    "offsetStart": 0,
    "bookingWindow": _OFF,
    "confirmationPolicy": _OFF,
    "requiresBookerEmailVerification": False,
    "hideCalendarNotes": False,
    "seats": _OFF,
    "useDestinationCalendarEmail": False,
    "hideCalendarEventDetails": False,
    "hideOrganizerEmail": False,
    "calVideoSettings": {"sendTranscriptionEmails": True},
    "bookingRequiresAuthentication": False,
    "bookerActiveBookingsLimit": _OFF,
    "disableCancelling": {"disabled": False},
    "disableRescheduling": {"disabled": False},
    "interfaceLanguage": None,
    "allowReschedulingPastBookings": False,
    "allowReschedulingCancelledBookings": False,
    "showOptimizedSlots": False,
}
OPTIONAL = (
    "lengthInMinutesOptions",
    "bookingLimitsCount",
    "bookingLimitsDuration",
    "customName",
    "color",
    "bookerLayouts",
    "destinationCalendar",
)
_MAY_BE_ON = ("disableCancelling", "disableRescheduling")  # here `disabled` is what is asked for
_SWITCHED_ON = ("recurrence", "seats")  # these come back with `disabled: false`

_HEAD: list[Json] = [
    {"type": "name", "slug": "name", "required": True, "label": "your_name", "disableOnPrefill": False},
    {"type": "email", "slug": "email", "required": True, "disableOnPrefill": False, "hidden": False},
    {"type": "radioInput", "slug": "location", "required": False, "hidden": False},
]
_TAIL: list[Json] = [
    {"type": "text", "slug": "title", "required": True, "disableOnPrefill": False, "hidden": True},
    {"type": "textarea", "slug": "notes", "required": False, "disableOnPrefill": False, "hidden": False},
    {"type": "multiemail", "slug": "guests", "required": False, "disableOnPrefill": False, "hidden": False},
    {"type": "textarea", "slug": "rescheduleReason", "required": False, "disableOnPrefill": False, "hidden": False},
]
_SYSTEM_SLUGS = {"name", "splitName", "email", "title", "location", "notes", "guests", "rescheduleReason"}
_WITHOUT_PLACEHOLDER = {"checkbox", "multiselect", "radio", "boolean"}


def settings(event_type: EventType) -> Json:
    """All settings of an event type in the API's names: its own, and the defaults for the rest."""
    own = copy.deepcopy(event_type.fields)
    found = copy.deepcopy(DEFAULTS) | own
    if found["bookingFields"] is None:
        found["bookingFields"] = booking_fields([])
    return found


def fields_of(body: Json, *, before: Json | None = None) -> Json:
    """What to keep of a request's settings, over what was kept before."""
    kept = dict(before if before is not None else copy.deepcopy(DEFAULTS))
    for name in (*DEFAULTS, *OPTIONAL):
        if name in body:
            kept[name] = _kept(name, body[name])
    if before is None or "bookingFields" in body:
        kept["bookingFields"] = booking_fields(body.get("bookingFields") or [])
    if options := body.get("lengthInMinutesOptions"):
        kept["metadata"] = kept["metadata"] | {"multipleDuration": options}
    return kept


def booking_fields(given: list[Json]) -> list[Json]:
    """The whole form: the system's fields, as the request changes them, with the company's own in between."""
    changed = {_slug(field): field for field in given if _slug(field) in _SYSTEM_SLUGS}
    custom = [_custom(field) for field in given if _slug(field) not in _SYSTEM_SLUGS]
    head = [_system(field, changed) for field in _HEAD]
    return [*head, *custom, *(_system(field, changed) for field in _TAIL)]


def _kept(name: str, value: Any) -> Any:
    if isinstance(value, dict) and value.get("disabled") is True and name not in _MAY_BE_ON:
        return {"disabled": True} if name != "recurrence" else None
    if name in _SWITCHED_ON and isinstance(value, dict):
        return {"disabled": False} | value
    return copy.deepcopy(value)


def _slug(field: Json) -> str:
    """Some system fields are known by their type, the others by their slug."""
    kind, slug = str(field.get("type", "")), str(field.get("slug", ""))
    return kind if kind in {"name", "splitName", "email"} and slug in {"", kind} else slug or kind


def _system(field: Json, changed: dict[str, Json]) -> Json:
    given = changed.get(field["slug"], {})
    allowed = {"label", "placeholder", "required", "hidden", "disableOnPrefill"}
    return {"isDefault": True} | field | {name: value for name, value in given.items() if name in allowed}


def _custom(field: Json) -> Json:
    found = {"isDefault": False} | {name: field.get(name) for name in ("type", "slug", "label", "required")}
    if field.get("placeholder") is not None and field["type"] not in _WITHOUT_PLACEHOLDER:
        found["placeholder"] = field["placeholder"]
    found["disableOnPrefill"] = field.get("disableOnPrefill", False)
    if "options" in field:
        found["options"] = list(field["options"])
    return found | {"hidden": field.get("hidden", False)}
