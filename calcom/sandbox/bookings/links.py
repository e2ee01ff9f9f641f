"""What else hangs on a booking: calendar links, references to calendars and video rooms, recordings (never any)."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from calcom.sandbox import payload_parts as parts
from calcom.sandbox.bookings import lookup
from calcom.sandbox.router import Call, route
from calcom.sandbox.state import Booking, Json
from calcom.sandbox.wire import Answer, Refusal, success


@route("GET", "/bookings/{uid}/calendar-links", group="bookings", auth="permission")
def calendar_links(call: Call) -> Answer:
    """Links with which the booker puts it into a calendar."""
    with call.world.lock:
        booking = lookup.booking_of(call.world, call.params["uid"])
        event_type = call.world.event_types.get(booking.event_type_id or 0)
        return success(_links(booking, parts.event_description(event_type) or "", now=call.world.now()))


@route("GET", "/bookings/{uid}/references", group="bookings", auth="permission")
def references(call: Call) -> Answer:
    """Entries in outside calendars and video services: only Cal Video here, once it has a link."""
    with call.world.lock:
        booking = lookup.booking_of(call.world, call.params["uid"])
        if not booking.reference_id or call.first("type", "daily_video") != "daily_video":
            return success([])
        return success(
            [{"type": "daily_video", "eventUid": "", "destinationCalendarId": None, "id": booking.reference_id}]
        )


@route("GET", "/bookings/{uid}/recordings", group="bookings", auth="permission")
def recordings(call: Call) -> Answer:
    """Nothing is ever recorded here."""
    return _nothing(call)


@route("GET", "/bookings/{uid}/transcripts", group="bookings", auth="permission")
def transcripts(call: Call) -> Answer:
    """Nothing is ever recorded here."""
    return _nothing(call)


@route("GET", "/bookings/{uid}/conferencing-sessions", group="bookings", auth="permission")
def conferencing_sessions(call: Call) -> Answer:
    """Nobody ever meets here."""
    return _nothing(call)


def _nothing(call: Call) -> Answer:
    with call.world.lock:
        booking = lookup.booking_of(call.world, call.params["uid"])
    raise Refusal(404, f"No Cal Video reference found with booking uid {booking.uid}")


def _links(booking: Booking, description: str, *, now: datetime) -> list[Json]:
    start, end = parts.seconds(booking.starts_at), parts.seconds(booking.ends_at)
    body, title = quote(description, safe=""), booking.title
    outlook = f"compose?body={body}&enddt={end}&path="
    dates = f"{_basic(booking.starts_at)}/{_basic(booking.ends_at)}"
    return [
        {
            "label": "Google Calendar",
            "id": "googleCalendar",
            "link": f"https://calendar.google.com/calendar/r/eventedit?dates={dates}&text={title}&details={body}",
        },
        {
            "label": "Microsoft Office",
            "id": "microsoftOffice",
            "link": f"https://outlook.office.com/calendar/0/deeplink/{outlook}%2Fcalendar%2Faction%2Fcompose"
            f"&rru=addevent&startdt={start}&subject={title}",
        },
        {
            "label": "Microsoft Outlook",
            "id": "microsoftOutlook",
            "link": f"https://outlook.live.com/calendar/0/deeplink/{outlook}%252Fcalendar%252Faction%252Fcompose"
            f"&rru=addevent&startdt={start}&subject={quote(title, safe='')}",
        },
        {"label": "ICS", "id": "ics", "link": f"data:text/calendar,{quote(_ics(booking, description, now), safe='')}"},
    ]


def _ics(booking: Booking, description: str, now: datetime) -> str:
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        "PRODID:adamgibbons/ics",
        "METHOD:PUBLISH",
        "X-PUBLISHED-TTL:PT1H",
        "BEGIN:VEVENT",
        f"UID:{booking.uid}",
        f"SUMMARY:{booking.title}",
        f"DTSTAMP:{_basic(now)}",
        f"DTSTART:{_basic(booking.starts_at)}",
        f"DESCRIPTION:{description}",
        f"DURATION:PT{parts.minutes(booking)}M",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(f"{line}\r\n" for line in lines)


def _basic(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
