"""GET /event-types as versions before 2024-06-14 answer it: groups of database rows. Callers must notice the shape."""

from __future__ import annotations

from typing import Any

from calcom.sandbox.busy import seats
from calcom.sandbox.event_type_defaults import settings
from calcom.sandbox.router import Call, route
from calcom.sandbox.state import EventType, Json, User
from calcom.sandbox.wire import Answer, success

_LOCATIONS = {
    "address": "inPerson",
    "link": "link",
    "phone": "userPhone",
    "attendeePhone": "phone",
    "attendeeAddress": "attendeeInPerson",
    "attendeeDefined": "somewhereElse",
    "organizersDefaultApp": "conferencing",
}
_PERIODS = {"calendarDays": "ROLLING", "businessDays": "ROLLING", "range": "RANGE"}
_LIMITS = {"day": "PER_DAY", "week": "PER_WEEK", "month": "PER_MONTH", "year": "PER_YEAR"}
_FREQUENCIES = {"yearly": 0, "monthly": 1, "weekly": 2}
_LABELS = {
    "name": "your_name",
    "email": "email_address",
    "location": "location",
    "title": "what_is_this_meeting_about",
    "notes": "additional_notes",
    "guests": "additional_guests",
    "rescheduleReason": "reason_for_reschedule",
}
_PLACEHOLDERS = {
    "title": "",
    "notes": "share_additional_notes",
    "guests": "email",
    "rescheduleReason": "reschedule_placeholder",
}
_SHOWN_FLAGS = (
    "lockTimeZoneToggleOnBookingPage",
    "requiresBookerEmailVerification",
    "disableGuests",
    "allowReschedulingCancelledBookings",
    "hideCalendarNotes",
    "minimumBookingNotice",
    "beforeEventBuffer",
    "afterEventBuffer",
    "onlyShowFirstAvailableSlot",
    "allowReschedulingPastBookings",
    "hideOrganizerEmail",
    "showOptimizedSlots",
    "scheduleId",
    "price",
    "currency",
    "slotInterval",
    "successRedirectUrl",
    "isInstantEvent",
    "interfaceLanguage",
    "offsetStart",
    "hideCalendarEventDetails",
    "metadata",
)


@route("GET", "/event-types", group="event_types", old=True)
def index(call: Call) -> Answer:
    """The caller's own event types in one group."""
    me, world = call.me, call.world
    with world.lock:
        own = [one for one in world.event_types.values() if one.team_id is None and one.owner_id == me.id]
        rows = [_row(one, me) for one in own]
    profile = {"slug": me.username, "name": me.name, "image": f"{world.web_url}/avatar.svg"}
    counted = {"membershipCount": 1, "readOnly": False}
    group = {"teamId": None, "bookerUrl": world.web_url, "membershipRole": None, "profile": profile}
    return success(
        {
            "eventTypeGroups": [group | {"eventTypes": rows, "metadata": counted}],
            "profiles": [profile | counted | {"teamId": None, "membershipRole": None}],
            "allUsersAcrossAllEventTypes": {},
        }
    )


def _row(event_type: EventType, owner: User) -> Json:
    own = settings(event_type)
    description = own["description"] or None
    return (
        _constants()
        | {name: own[name] for name in _SHOWN_FLAGS}
        | _period(own["bookingWindow"])
        | _confirmation(own["confirmationPolicy"])
        | {
            "id": event_type.id,
            "userId": event_type.owner_id,
            "parentId": event_type.parent_id,
            "description": description,
            "hidden": event_type.is_hidden,
            "slug": event_type.slug,
            "length": event_type.length_min,
            "title": event_type.title,
            "owner": {"timeZone": owner.time_zone},
            "disableCancelling": own["disableCancelling"]["disabled"],
            "disableRescheduling": own["disableRescheduling"]["disabled"],
            "seatsPerTimeSlot": seats(event_type) or None,
            "seatsShowAttendees": bool(own["seats"].get("showAttendeeInfo", False)),
            "seatsShowAvailabilityCount": bool(own["seats"].get("showAvailabilityCount", True)),
            "recurringEvent": _recurring(own["recurrence"]),
            "locations": [_location(one) for one in own["locations"]],
            "bookingFields": [_field(one) for one in own["bookingFields"]],
            "useEventTypeDestinationCalendarEmail": own["useDestinationCalendarEmail"],
            "bookingLimits": _limits(own.get("bookingLimitsCount")),
            "durationLimits": _limits(own.get("bookingLimitsDuration")),
            "userIds": event_type.host_ids,
        }
        | ({"safeDescription": f"<p>{description}</p>\n"} if description else {})
    )


def _constants() -> Json:
    """What the sandbox does not know, as a fresh row has it."""
    nothing = (
        "teamId schedulingType profileId eventName timeZone lockedTimeZone minimumRescheduleNotice secondaryEmailId "
        "instantMeetingScheduleId eventTypeColor rrSegmentQueryValue maxLeadThreshold customReplyToEmail "
        "restrictionScheduleId instantMeetingSchedule team"
    )
    off = (
        "requiresConfirmationForFreeEmail autoTranslateDescriptionEnabled assignAllTeamMembers isRRWeightsEnabled "
        "enablePerHostLocations rescheduleWithSameRoundRobinHost assignRRMembersUsingSegment "
        "useEventLevelSelectedCalendars useBookerTimezone"
    )
    found: Json = dict.fromkeys(nothing.split(), None) | dict.fromkeys(off.split(), False)
    found |= {name: [] for name in ("instantMeetingParameters", "hashedLink", "children", "hosts")}
    return found | {
        "canSendCalVideoTranscriptionEmails": True,
        "position": 0,
        "instantMeetingExpiryTimeOffsetInSeconds": 90,
    }


def _period(window: Json) -> Json:
    kind, value = window.get("type"), window.get("value")
    found: Json = {"periodType": "UNLIMITED", "periodStartDate": None, "periodEndDate": None}
    found |= {"periodDays": None, "periodCountCalendarDays": None}
    if not kind or window.get("disabled"):
        return found
    found["periodType"] = "ROLLING_WINDOW" if window.get("rolling") else _PERIODS[kind]
    if kind == "range" and isinstance(value, list):
        return found | {"periodStartDate": value[0], "periodEndDate": value[1]}
    return found | {"periodDays": value, "periodCountCalendarDays": kind == "calendarDays"}


def _confirmation(policy: Json) -> Json:
    return {
        "requiresConfirmation": policy.get("type") is not None,
        "requiresConfirmationWillBlockSlot": bool(policy.get("blockUnconfirmedBookingsInBooker")),
    }


def _recurring(recurrence: Json | None) -> Json | None:
    if not recurrence:
        return None
    return {
        "freq": _FREQUENCIES[recurrence["frequency"]],
        "count": recurrence["occurrences"],
        "interval": recurrence["interval"],
    }


def _limits(limits: Json | None) -> Json | None:
    return {_LIMITS[name]: value for name, value in limits.items() if name in _LIMITS} if limits else None


def _location(location: Json) -> Json:
    kind = location["type"]
    if kind == "integration":
        name = {"cal-video": "daily"}.get(location["integration"], location["integration"])
        return {"type": f"integrations:{name}"}
    found: Json = {"type": _LOCATIONS.get(kind, kind)}
    found |= {name: location[name] for name in ("address", "link", "phone") if name in location}
    if "public" in location:
        found["displayLocationPublicly"] = location["public"]
    return found


def _field(field: Json) -> Json:
    slug = field["slug"]
    if not field["isDefault"]:
        return _custom(field)
    source = {"id": "default", "type": "default", "label": "Default"}
    found: Json = {"name": slug, "type": field["type"], "sources": [source], "defaultLabel": _LABELS.get(slug, slug)}
    found["editable"] = "system" if slug in {"name", "location"} else "system-but-optional"
    found["required"] = field["required"]
    if slug in _PLACEHOLDERS:
        found["defaultPlaceholder"] = _PLACEHOLDERS[slug]
    if slug in {"title", "guests"}:
        found["hidden"] = field.get("hidden", False)
    return found | _SPECIAL.get(slug, {})


def _custom(field: Json) -> Json:
    source = {"id": "user", "type": "user", "label": "User", "fieldRequired": True}
    shown = ("type", "label", "hidden", "required", "placeholder", "disableOnPrefill")
    found: Json = {name: field[name] for name in shown if name in field}
    if "options" in field:
        found["options"] = [{"label": option, "value": option} for option in field["options"]]
    if field["type"] in {"boolean", "url"}:
        found["labelAsSafeHtml"] = f"<p>{field['label']}</p>\n"
    return found | {"name": field["slug"], "sources": [source], "editable": "user"}


def _plain(name: str, label: str, *, required: bool, **more: Any) -> Json:
    return {"name": name, "type": "text", "label": label, "required": required} | more


_SPECIAL: dict[str, Json] = {
    "name": {
        "variant": "fullName",
        "variantsConfig": {
            "variants": {
                "fullName": {"fields": [_plain("fullName", "your_name", required=True)]},
                "firstAndLastName": {
                    "fields": [
                        _plain("firstName", "", required=True, placeholder=""),
                        _plain("lastName", "", required=False, placeholder=""),
                    ]
                },
            }
        },
    },
    "location": {
        "getOptionsAt": "locations",
        "optionsInputs": {
            "phone": {"type": "phone", "required": True, "placeholder": ""},
            "somewhereElse": {"type": "text", "required": True, "placeholder": ""},
            "attendeeInPerson": {"type": "address", "required": True, "placeholder": ""},
        },
        "hideWhenJustOneOption": True,
    },
    "rescheduleReason": {"views": [{"id": "reschedule", "label": "Reschedule View"}]},
}
