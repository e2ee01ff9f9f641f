"""GET /bookings: what the caller may see, filtered, ordered and paged, with the counters that lie."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace

from calcom.sandbox.bookings import lookup
from calcom.sandbox.bookings.filters import VIEWS, Filters, in_view, read_filters
from calcom.sandbox.bookings.inputs import trpc
from calcom.sandbox.bookings.old_shapes import old_listed_json
from calcom.sandbox.bookings.shapes import booking_json
from calcom.sandbox.router import Call, route
from calcom.sandbox.state import Booking, Json, User, World
from calcom.sandbox.wire import Answer, instant, success

_OLD_STATUSES = ("ACCEPTED", "CANCELLED", "REJECTED", "PENDING", "AWAITING_HOST")
_OLD_LIMIT = 10


@route("GET", "/bookings", group="bookings", auth="permission")
def list_bookings(call: Call) -> Answer:
    """A page of bookings. The counters do not know the filters by creation and update."""
    filters = read_filters(call.query)
    with call.world.lock:
        seen = visible(call.world, call.me)
        _refuse_unknown_types(call.world, call.me, filters)
        if filters.team_ids is not None:
            seen = [booking for booking in seen if _of_teams(call, booking, filters.team_ids)]
        total = filters.count(seen, now=call.world.now())
        page = filters.page(seen, now=call.world.now())
        data = [booking_json(call.world, _as_stored(booking), viewer=call.me) for booking in page]
    return success(data, pagination=pagination(total, take=filters.take, skip=filters.skip))


@route("GET", "/bookings", group="bookings", auth="permission", old=True)
def list_old(call: Call) -> Answer:
    """The old list: its own filters, another shape, and no word about today's parameters."""
    view = call.first("filters[status]", "upcoming")
    limit, cursor = _number(call.first("limit"), _OLD_LIMIT), _number(call.first("cursor"), 0)
    with call.world.lock:
        now = call.world.now()
        seen = visible(call.world, call.me)
        in_order = Filters(views=[view if view in VIEWS else "upcoming"], take=limit, skip=cursor)
        total = sum(1 for booking in seen if in_view(booking, in_order.views[0], now=now))
        data = {
            "bookings": [old_listed_json(call.world, booking) for booking in in_order.page(seen, now=now)],
            "recurringInfo": _recurring_info(seen),
            "totalCount": total,
            "nextCursor": cursor + limit if cursor + limit < total else None,
        }
    return success(data)


def visible(world: World, user: User) -> list[Booking]:
    """The bookings of which somebody is host or attendee, or whose team they manage."""
    return [
        booking
        for booking in world.bookings.values()
        if lookup.is_host(world, booking, user) or any(one.email == user.email for one in booking.attendees)
    ]


def pagination(total: int, *, take: int, skip: int) -> Json:
    """Cal.com's counters: computed from the count, not from the page."""
    returned = max(0, min(take, total - skip))
    pages = math.ceil(total / take)
    current = min(skip // take + 1, pages)
    return {
        "returnedItems": returned,
        "totalItems": total,
        "itemsPerPage": take,
        "remainingItems": max(0, total - (skip + returned)),
        "currentPage": current,
        "totalPages": pages,
        "hasNextPage": current < pages,
        "hasPreviousPage": current > 1,
    }


def _as_stored(booking: Booking) -> Booking:
    """Lists show attendees in the order of the table: a row that was changed comes last, be it the booker's."""
    return replace(booking, attendees=sorted(booking.attendees, key=lambda attendee: attendee.written))


def _refuse_unknown_types(world: World, user: User, filters: Filters) -> None:
    for event_type_id in filters.event_type_ids:
        event_type = world.event_types.get(event_type_id)
        team = world.teams.get(lookup.team_of(world, event_type) or 0)
        members = team.members if team else {}
        if event_type is None or user.id not in (event_type.owner_id, *event_type.host_ids, *members):
            raise trpc(400, "The requested event-types do not exist.")


def _of_teams(call: Call, booking: Booking, team_ids: list[int]) -> bool:
    team_id = lookup.team_of(call.world, call.world.event_types.get(booking.event_type_id or 0))
    team = call.world.teams.get(team_id or 0)
    return team is not None and team.id in team_ids and call.me.id in team.members


def _recurring_info(bookings: list[Booking]) -> list[Json]:
    series: dict[str, list[Booking]] = defaultdict(list)
    for booking in bookings:
        if booking.recurring_uid:
            series[booking.recurring_uid].append(booking)
    return [
        {
            "recurringEventId": uid,
            "count": len(found),
            "firstDate": instant(min(booking.starts_at for booking in found)),
            "bookings": {
                status: [instant(booking.starts_at) for booking in found if booking.status.upper() == status]
                for status in _OLD_STATUSES
            },
        }
        for uid, found in series.items()
    ]


def _number(text: str, default: int) -> int:
    return int(text) if text.isdigit() and int(text) > 0 else default
