"""The arithmetic of free slots, and whether a booking at a given time is refused.

Working hours, minus what is busy, cut into slots: the first one on a round minute of the interval, the next ones every
interval plus offset; later than the notice, within the booking window. Reservations hide slots and refuse no booking.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import reduce
from zoneinfo import ZoneInfo

from calcom.sandbox.availability import Span, common, without, working_spans
from calcom.sandbox.busy import busy_spans, minutes
from calcom.sandbox.state import EventType, Schedule, World
from calcom.sandbox.window import is_within

IN_THE_PAST = "Attempting to book a meeting in the past."
OUT_OF_BOUNDS = (
    "The event type can't be booked at the \"start\" time provided. This could be because it's too soon (violating the "
    "minimum booking notice) or too far in the future (outside the event's scheduling window). Try fetching available "
    'slots first using the GET /v2/slots endpoint and then make a booking with "start" time equal to one of the '
    "available slots."
)
NOT_AVAILABLE = "User either already has booking at this time or is not available"

_ROUND_MINUTES = (60, 30, 20, 15, 10, 5)
_SECOND = timedelta(seconds=1)


def free_slots(
    world: World,
    event_type: EventType,
    *,
    starts_at: datetime,
    ends_at: datetime,
    length_min: int | None = None,
    ignore_uid: str = "",
) -> list[Span]:
    """The slots that GET /slots offers, soonest first. `ignore_uid` is a booking that is being moved.

    Round robin: where any host is free. Collective: where all are. Managed parents have none.
    """
    length = timedelta(minutes=length_min or event_type.length_min)
    if event_type.scheduling_type == "managed":
        return []
    free = {
        host_id: _free_spans(world, host_id, event_type, starts_at=starts_at, ends_at=ends_at, ignore_uid=ignore_uid)
        for host_id in event_type.host_ids
    }
    if event_type.scheduling_type == "collective" and free:
        together = reduce(common, free.values())
        free = {event_type.host_ids[0]: together}
    found: set[Span] = set()
    for host_id, spans in free.items():
        zone = _zone(world, host_id, event_type)
        for start in _starts(event_type, spans, length=length, earliest=_earliest(world, event_type), zone=zone):
            if is_within(event_type, start, now=world.now(), zone=zone):
                found.add((start, start + length))
    return sorted(slot for slot in found if not _is_reserved(world, event_type, slot))


def is_free(
    world: World, host_id: int, event_type: EventType, start: datetime, end: datetime, *, ignore_uid: str = ""
) -> bool:
    """Whether the host works then and has nothing else. Reservations do not count."""
    spans = _free_spans(world, host_id, event_type, starts_at=start, ends_at=end, ignore_uid=ignore_uid)
    return (start, end) in spans


def free_hosts(
    world: World, event_type: EventType, start: datetime, end: datetime, *, ignore_uid: str = ""
) -> list[int]:
    """The hosts who could take a booking then, in their order."""
    return [h for h in event_type.host_ids if is_free(world, h, event_type, start, end, ignore_uid=ignore_uid)]


def problem(world: World, event_type: EventType, start: datetime, end: datetime, *, ignore_uid: str = "") -> str | None:
    """Why a booking at this time is refused, in Cal.com's words; None when nothing speaks against it."""
    if start < world.now():
        return IN_THE_PAST
    zone = _zone(world, event_type.host_ids[0], event_type) if event_type.host_ids else ZoneInfo("UTC")
    if start < _earliest(world, event_type) or not is_within(event_type, start, now=world.now(), zone=zone):
        return OUT_OF_BOUNDS
    free = free_hosts(world, event_type, start, end, ignore_uid=ignore_uid)
    if not free or (event_type.scheduling_type == "collective" and len(free) < len(event_type.host_ids)):
        return NOT_AVAILABLE
    return None


def schedule_for(world: World, host_id: int, event_type: EventType) -> Schedule | None:
    """The event type's own schedule where it has one, else the host's default."""
    user = world.users.get(host_id)
    chosen = event_type.fields.get("scheduleId") or (user.default_schedule_id if user else None)
    return world.schedules.get(chosen or 0)


def _free_spans(
    world: World, host_id: int, event_type: EventType, *, starts_at: datetime, ends_at: datetime, ignore_uid: str
) -> list[Span]:
    schedule = schedule_for(world, host_id, event_type)
    if schedule is None:
        return []
    spans = working_spans(schedule, starts_at=starts_at, ends_at=ends_at)
    zone = ZoneInfo(schedule.time_zone)
    return without(spans, busy_spans(world, host_id, event_type, zone=zone, ignore_uid=ignore_uid))


def _zone(world: World, host_id: int, event_type: EventType) -> ZoneInfo:
    schedule = schedule_for(world, host_id, event_type)
    return ZoneInfo(schedule.time_zone if schedule else "UTC")


def _earliest(world: World, event_type: EventType) -> datetime:
    return world.now() + timedelta(minutes=minutes(event_type, "minimumBookingNotice"))


def _starts(
    event_type: EventType, spans: list[Span], *, length: timedelta, earliest: datetime, zone: ZoneInfo
) -> Iterator[datetime]:
    step_min = minutes(event_type, "slotInterval") or int(length.total_seconds() // 60)
    offset = timedelta(minutes=minutes(event_type, "offsetStart"))
    step = timedelta(minutes=step_min) + offset
    for span_start, span_end in spans:
        start = _rounded(max(span_start, earliest), step_min, zone) + offset
        while start + length - _SECOND <= span_end:
            yield start
            start += step


def _rounded(moment: datetime, step_min: int, zone: ZoneInfo) -> datetime:
    """The next round minute on the wall: every 45 minutes begin at :00, :15, :30, :45, every hour at :00."""
    grid = next((n for n in _ROUND_MINUTES if step_min % n == 0), 1)
    past_s = moment.astimezone(zone).minute % grid * 60 + moment.second + moment.microsecond / 1e6
    if past_s == 0:
        return moment
    whole = moment.replace(second=0, microsecond=0) - timedelta(minutes=moment.astimezone(zone).minute % grid)
    return (whole + timedelta(minutes=grid * math.ceil(past_s / (grid * 60)))).astimezone(UTC)


def _is_reserved(world: World, event_type: EventType, slot: Span) -> bool:
    """A reservation hides the time of its hosts in all their event types until it ends."""
    now = world.now()
    return any(
        r.until > now
        and r.starts_at < slot[1]
        and slot[0] < r.ends_at
        and not set(r.host_ids).isdisjoint(event_type.host_ids)
        for r in world.reservations.values()
    )
