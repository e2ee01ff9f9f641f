"""GET /slots, and GET /slots/available of the old version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from calcom.sandbox import busy
from calcom.sandbox.availability import Span
from calcom.sandbox.moments import NOT_ISO, moment_of, zone_of
from calcom.sandbox.router import Call, route
from calcom.sandbox.slots import free_slots
from calcom.sandbox.state import EventType, Json, World
from calcom.sandbox.wire import Answer, Refusal, malformed, wrong_properties

_COMMON = {"start", "end", "timeZone", "duration", "format", "bookingUidToReschedule"}
_SELECTORS = (
    {"eventTypeId"},
    {"eventTypeSlug", "username", "organizationSlug"},
    {"eventTypeSlug", "teamSlug", "organizationSlug"},
    {"usernames", "organizationSlug"},
)
_DAY_END = time(23, 59, 59)


@route("GET", "/slots", group="slots", auth="optional")
def offer(call: Call) -> Answer:
    """Free slots by day: starts, or ranges."""
    _validate(call)
    with call.world.lock:
        event_type = _selected(call)
        found = _found(call, event_type, start="start", end="end", moving="bookingUidToReschedule")
        zone = zone_of(call.first("timeZone", "UTC")) or ZoneInfo("UTC")
        is_range = call.first("format", "time").lower() == "range"
        entries = [_entry(call.world, event_type, slot, zone, is_range=is_range) for slot in found]
    return Answer(200, {"data": _by_day(found, entries, zone), "status": "success"})


@route("GET", "/slots/available", group="slots", auth="optional", old=True)
def offer_old(call: Call) -> Answer:
    """The same in the old shape, under other names of the parameters."""
    for name in ("startTime", "endTime"):
        if moment_of(call.first(name)) is None:
            raise malformed(f"Invalid {'start' if name == 'startTime' else 'end'} date")
    with call.world.lock:
        event_type = _by_id(call.world, call.first("eventTypeId"))
        found = _found(call, event_type, start="startTime", end="endTime", moving="rescheduleUid")
    zone = zone_of(call.first("timeZone", "UTC")) or ZoneInfo("UTC")
    if call.first("slotFormat") == "range":
        entries = [{"startTime": _local(start, zone), "endTime": _local(end, zone)} for start, end in found]
    else:
        entries = [{"time": _local(start, zone)} for start, _ in found]
    return Answer(200, {"data": {"slots": _by_day(found, entries, zone)}, "status": "success"})


def _found(call: Call, event_type: EventType, *, start: str, end: str, moving: str) -> list[Span]:
    length = call.first("duration")
    return free_slots(
        call.world,
        event_type,
        starts_at=_moment(call.first(start)),
        ends_at=_end(call.first(end)),
        length_min=int(length) if length else None,
        ignore_uid=call.first(moving),
    )


def _entry(world: World, event_type: EventType, slot: Span, zone: ZoneInfo, *, is_range: bool) -> Json:
    entry: Json = {"start": _local(slot[0], zone)}
    if is_range:
        entry["end"] = _local(slot[1], zone)
    total = busy.seats(event_type)
    if not total or not event_type.fields["seats"].get("showAvailabilityCount", True):
        return entry
    sharing = (b for b in world.bookings.values() if b.event_type_id == event_type.id and b.starts_at == slot[0])
    booking = next((b for b in sharing if b.status in {"accepted", "pending"}), None)
    booked = len(booking.attendees) if booking else 0
    entry |= {"seatsBooked": booked, "seatsRemaining": total - booked, "seatsTotal": total}
    return entry | ({"bookingUid": booking.uid} if booking else {})


def _by_day(found: list[Span], entries: list[Json], zone: ZoneInfo) -> dict[str, list[Json]]:
    days: dict[str, list[Json]] = {}
    for (start, _), entry in zip(found, entries, strict=True):
        days.setdefault(start.astimezone(zone).date().isoformat(), []).append(entry)
    return days


def _local(moment: datetime, zone: ZoneInfo) -> str:
    text = moment.astimezone(zone).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _moment(text: str) -> datetime:
    return moment_of(text) or datetime.now(UTC)


def _end(text: str) -> datetime:
    """An end at midnight means the end of that day."""
    end = _moment(text)
    return datetime.combine(end.date(), _DAY_END, end.tzinfo) if end.time() == time(0) else end


def _selected(call: Call) -> EventType:
    if "eventTypeId" in call.query:
        return _by_id(call.world, call.first("eventTypeId"))
    slug = call.first("eventTypeSlug")
    if "usernames" in call.query:
        return _together(call)
    if "teamSlug" in call.query:
        team = next((t for t in call.world.teams.values() if t.slug == call.first("teamSlug")), None)
        if team is None:
            raise Refusal(404, f"Team with slug {call.first('teamSlug')} not found")
        return _first(call.world, lambda e: e.team_id == team.id and e.slug == slug)
    name = call.first("username")
    user = next((u for u in call.world.users.values() if u.username == name), None)
    if user is None:
        raise Refusal(404, f"User with username {name} not found")
    return _first(call.world, lambda e: e.owner_id == user.id and e.slug == slug)


def _together(call: Call) -> EventType:
    """A dynamic group: all of the users at once, half an hour unless told."""
    by_name = {user.username: user.id for user in call.world.users.values()}
    hosts = []
    for name in call.first("usernames").split(","):
        if name not in by_name:
            raise Refusal(404, f"User with username {name} not found")
        hosts.append(by_name[name])
    return EventType(0, None, "Group", "dynamic", 30, hosts, scheduling_type="collective")


def _first(world: World, fits: Callable[[EventType], bool]) -> EventType:
    found = next((one for one in world.event_types.values() if fits(one)), None)
    if found is None:
        raise Refusal(404, "Event Type not found")
    return found


def _by_id(world: World, text: str) -> EventType:
    found = world.event_types.get(int(text)) if text.isdigit() else None
    if found is None:
        raise Refusal(404, "Event Type not found")
    return found


def _validate(call: Call) -> None:
    problems = [(name, NOT_ISO.format(name)) for name in ("start", "end") if moment_of(call.first(name)) is None]
    if "timeZone" in call.query and zone_of(call.first("timeZone")) is None:
        problems.append(("timeZone", "timeZone must be a valid IANA time-zone"))
    if call.first("format", "time").lower() not in {"time", "range"}:
        problems.append(("format", "slotFormat must be either 'range' or 'time'"))
    numbers = (name for name in ("duration", "eventTypeId") if not call.first(name, "0").isdigit())
    problems += [(name, f"{name} must be a number conforming to the specified constraints") for name in numbers]
    selector = _selector(call)
    problems += [(name, f"property {name} should not exist") for name in call.query if name not in _COMMON | selector]
    if "usernames" in selector and "usernames" not in call.query:
        problems.append(("usernames", "usernames must be an array"))
    if problems:
        raise wrong_properties(problems)


def _selector(call: Call) -> set[str]:
    """The parameters that choose the event type. Without any the request is judged as one for `usernames`."""
    for selector in _SELECTORS:
        if selector & set(call.query) - {"eventTypeSlug", "organizationSlug"}:
            return selector
    return _SELECTORS[-1]
