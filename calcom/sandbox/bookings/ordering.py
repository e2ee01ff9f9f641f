"""From the body of POST /bookings to an order: which event type, how long, with which answers, where."""

from __future__ import annotations

from datetime import datetime

from calcom.sandbox.bookings import lookup, policy
from calcom.sandbox.bookings.answers import checked_answers
from calcom.sandbox.bookings.inputs import instant_of
from calcom.sandbox.bookings.places import place_of
from calcom.sandbox.bookings.rows import Order
from calcom.sandbox.state import EventType, Json, User, World
from calcom.sandbox.wire import Refusal, malformed

_GUARD = "checkBookingRequiresAuthentication - "


def read_order(world: World, body: Json, *, user: User | None) -> Order:
    """The order of a valid body. Raises what Cal.com says to an impossible one. The lock is held."""
    event_type = lookup.event_type_of(world, body)
    _refuse_unbookable(event_type)
    _refuse_strangers(world, event_type, user)
    length_min = _length(event_type, body)
    answers = checked_answers(event_type, body)
    order = Order(
        event_type=event_type,
        starts_at=instant_of(body["start"]),
        length_min=length_min,
        attendee=body["attendee"],
        answers=answers,
        place=place_of(event_type, body),
        metadata=dict(body.get("metadata") or {}),
    )
    _refuse_too_many(world, order)
    return order


def occurrences(event_type: EventType, body: Json) -> int:
    """How many bookings a series has: the type's count, or fewer when asked for."""
    rule = policy.recurrence(event_type) or {}
    count = int(rule.get("occurrences", 1))
    wanted = int(body.get("recurrenceCount") or count)
    if wanted > count:
        raise malformed("Provided recurrence count is higher than the event type's recurring event count.")
    return wanted


def _refuse_unbookable(event_type: EventType) -> None:
    if event_type.scheduling_type == "managed" and event_type.parent_id is None:
        raise malformed(
            f"Event type with id={event_type.id} is the parent managed event type that can't be booked. You have to "
            "provide the child event type id aka id of event type that has been assigned to one of the users."
        )
    if event_type.team_id is not None and not event_type.host_ids:
        raise Refusal(
            422,
            "Can't book this team event type because it has no hosts. Please, add at least 1 host to event type with "
            f"id={event_type.id} belonging to team with id={event_type.team_id}",
        )


def _refuse_strangers(world: World, event_type: EventType, user: User | None) -> None:
    if not event_type.fields.get("bookingRequiresAuthentication"):
        return
    if user is None:
        raise Refusal(
            401,
            f"{_GUARD}request must be authenticated by passing credentials belonging to event type owner, host or team "
            "or org admin or owner.",
        )
    team = world.teams.get(event_type.team_id or 0)
    allowed = {event_type.owner_id, *event_type.host_ids, *(team.members if team else {})}
    if user.id not in allowed:
        raise Refusal(403, f"{_GUARD}user is not authorized to access this event type.")


def _length(event_type: EventType, body: Json) -> int:
    wanted = body.get("lengthInMinutes")
    possible = policy.lengths(event_type)
    if wanted is None:
        return event_type.length_min
    if not possible:
        raise malformed(
            "Can't specify 'lengthInMinutes' because event type does not have multiple possible lengths. Please, "
            "remove the 'lengthInMinutes' field from the request."
        )
    if wanted not in possible:
        raise malformed(
            "Provided 'lengthInMinutes' is not one of the possible lengths for the event type. The possible lengths "
            f"are: {', '.join(map(str, possible))}"
        )
    return int(wanted)


def _refuse_too_many(world: World, order: Order) -> None:
    limit = order.event_type.fields.get("bookerActiveBookingsLimit") or {}
    most = limit.get("maximumActiveBookings")
    if limit.get("disabled") or not most:
        return
    active = _active(world, order, now=world.now())
    if len(active) < int(most):
        return
    text = "Attendee with this email can't book because the maximum number of active bookings has been reached."
    if limit.get("offerReschedule"):
        text += f" You can reschedule your existing booking ({active[-1]}) to a new timeslot instead."
    raise malformed(text)


def _active(world: World, order: Order, *, now: datetime) -> list[str]:
    return [
        booking.uid
        for booking in world.bookings.values()
        if booking.event_type_id == order.event_type.id
        and booking.status in ("accepted", "pending")
        and booking.ends_at > now
        and any(attendee.email == order.email for attendee in booking.attendees)
    ]
