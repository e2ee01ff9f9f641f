"""What Cal.com's validation says about the body of an event type."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from calcom.sandbox.state import Json
from calcom.sandbox.wire import broken_constraint, invalid, malformed

_FLAGS = (
    "disableGuests onlyShowFirstAvailableSlot requiresBookerEmailVerification hideCalendarNotes hidden "
    "hideCalendarEventDetails hideOrganizerEmail lockTimeZoneToggleOnBookingPage useDestinationCalendarEmail "
    "bookingRequiresAuthentication allowReschedulingPastBookings allowReschedulingCancelledBookings showOptimizedSlots"
)
_MINUTES = ("minimumBookingNotice", "beforeEventBuffer", "afterEventBuffer", "offsetStart")
_LISTS = ("locations", "bookingFields", "hosts")
_OBJECTS = (
    "bookingLimitsCount",
    "bookingLimitsDuration",
    "bookingWindow",
    "confirmationPolicy",
    "recurrence",
    "seats",
    "disableCancelling",
    "disableRescheduling",
)


def validate(body: Json, *, is_new: bool) -> None:
    """Refuses a body as the global validation does: one entry per property, in the order of Cal.com's input."""
    errors = [*_required(body, is_new=is_new), *_numbers(body), *_kinds(body)]
    if errors:
        raise invalid(errors)
    _check_options(body)


def slugified(text: str) -> str:
    """A slug of a slug: lower case, letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9_.]+", "-", plain)).strip("-")


def _required(body: Json, *, is_new: bool) -> list[Json]:
    broken: dict[str, dict[str, str]] = {"lengthInMinutes": _whole(body.get("lengthInMinutes"), "lengthInMinutes", 1)}
    for name in ("title", "slug"):
        broken[name] = {} if isinstance(body.get(name), str) else {"isString": f"{name} must be a string"}
    return [broken_constraint(body, name, why) for name, why in broken.items() if why and (is_new or name in body)]


def _numbers(body: Json) -> list[Json]:
    wanted = dict.fromkeys(_MINUTES, 0) | {"slotInterval": 1}
    found = ((name, _whole(body[name], name, least)) for name, least in wanted.items() if body.get(name) is not None)
    return [broken_constraint(body, name, broken) for name, broken in found if broken]


def _kinds(body: Json) -> list[Json]:
    kinds: list[tuple[tuple[str, ...], type, str, str]] = [
        (tuple(_FLAGS.split()), bool, "isBoolean", "{} must be a boolean value"),
        (_LISTS, list, "isArray", "{} must be an array"),
        (_OBJECTS, dict, "isObject", "{} must be an object"),
        (("description",), str, "isString", "{} must be a string"),
    ]
    return [
        broken_constraint(body, name, {rule: text.format(name)})
        for names, kind, rule, text in kinds
        for name in names
        if body.get(name) is not None and not isinstance(body[name], kind)
    ]


def _whole(value: Any, name: str, least: int) -> dict[str, str]:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    broken = {} if is_whole and value >= least else {"min": f"{name} must not be less than {least}"}
    return broken if is_whole else broken | {"isInt": f"{name} must be an integer number"}


def _check_options(body: Json) -> None:
    options = body.get("lengthInMinutesOptions")
    length = body.get("lengthInMinutes")
    if options is not None and length is not None and length not in options:
        raise malformed("lengthInMinutesOptions must include lengthInMinutes")
