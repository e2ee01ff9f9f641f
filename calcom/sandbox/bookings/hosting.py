"""Who takes a booking: the one host, the freest of a round robin, or all of a collective event."""

from __future__ import annotations

from datetime import datetime

from calcom.sandbox import slots
from calcom.sandbox.state import EventType, User, World
from calcom.sandbox.wire import malformed

TEAM_NOT_AVAILABLE = "One of the hosts either already has booking at this time or is not available"


def hosts_for(
    world: World, event_type: EventType, *, starts_at: datetime, ends_at: datetime, ignore_uid: str = ""
) -> list[User]:
    """The hosts of a new booking, the main one first. Raises Cal.com's refusal. The lock is held."""
    refuse_unavailable(world, event_type, starts_at=starts_at, ends_at=ends_at, ignore_uid=ignore_uid)
    if len(event_type.host_ids) == 1 or event_type.scheduling_type == "collective":
        return [world.users[host_id] for host_id in event_type.host_ids]
    free = slots.free_hosts(world, event_type, starts_at, ends_at, ignore_uid=ignore_uid)
    return [world.users[_least_busy(world, event_type, free)]]


def refuse_unavailable(
    world: World, event_type: EventType, *, starts_at: datetime, ends_at: datetime, ignore_uid: str = ""
) -> None:
    """Raises the 400 with Cal.com's words when the time is not free."""
    text = slots.problem(world, event_type, starts_at, ends_at, ignore_uid=ignore_uid)
    if text is None:
        return
    is_team = event_type.team_id is not None and text == slots.NOT_AVAILABLE
    raise malformed(TEAM_NOT_AVAILABLE if is_team else text)


def _least_busy(world: World, event_type: EventType, free: list[int]) -> int:
    """Round robin: who has the fewest bookings of this type; the order of the hosts decides a tie."""

    def load(host_id: int) -> int:
        mine = (b for b in world.bookings.values() if b.event_type_id == event_type.id and b.host_id == host_id)
        return sum(1 for booking in mine if booking.status == "accepted")

    return min(free, key=load)
