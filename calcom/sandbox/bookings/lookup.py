"""Finding bookings and event types, and asking who may act as their host."""

from __future__ import annotations

from calcom.sandbox.state import Booking, EventType, Json, User, World
from calcom.sandbox.wire import Refusal

MANAGERS = ("OWNER", "ADMIN")


def booking_of(world: World, uid: str) -> Booking:
    """The booking with this uid. A series has its own uid, which does not count here."""
    booking = world.bookings.get(uid)
    if booking is None:
        raise Refusal(404, f"Booking with uid={uid} was not found in the database")
    return booking


def series_of(world: World, recurring_uid: str) -> list[Booking]:
    """All occurrences of a series, soonest first."""
    if not recurring_uid or recurring_uid in world.bookings:
        return []
    found = [booking for booking in world.bookings.values() if booking.recurring_uid == recurring_uid]
    return sorted(found, key=lambda booking: (booking.starts_at, booking.id))


def booking_with_seat(world: World, seat_uid: str) -> Booking | None:
    """The booking in which this seat is."""
    for booking in world.bookings.values():
        if any(attendee.seat_uid == seat_uid for attendee in booking.attendees):
            return booking
    return None


def event_type_of(world: World, body: Json) -> EventType:
    """The type that a body names by id, by slug and username, or by slug and team."""
    if body.get("eventTypeId") is not None:
        return _by_id(world, int(body["eventTypeId"]))
    slug = str(body["eventTypeSlug"])
    if body.get("teamSlug"):
        return _of_team(world, slug, team_slug=str(body["teamSlug"]))
    return _of_user(world, slug, username=str(body["username"]))


def is_host(world: World, booking: Booking, user: User | None) -> bool:
    """Whether a user is the booking's host, or an admin of its team or organization."""
    if user is None:
        return False
    event_type = world.event_types.get(booking.event_type_id or 0)
    hosts = {booking.host_id, *(attendee.host_id for attendee in booking.attendees if attendee.host_id)}
    return user.id in hosts or _manages(world, event_type, user)


def team_of(world: World, event_type: EventType | None) -> int | None:
    """The team of a type; a managed child belongs to its parent's team."""
    if event_type is None:
        return None
    parent = world.event_types.get(event_type.parent_id or 0)
    return event_type.team_id or (parent.team_id if parent else None)


def _manages(world: World, event_type: EventType | None, user: User) -> bool:
    team = world.teams.get(team_of(world, event_type) or 0)
    if team is None:
        return False
    organization = world.teams.get(team.organization_id or 0)
    roles = [team.members.get(user.id), organization.members.get(user.id) if organization else None]
    return any(role in MANAGERS for role in roles)


def _by_id(world: World, event_type_id: int) -> EventType:
    event_type = world.event_types.get(event_type_id)
    if event_type is None:
        raise Refusal(404, f"Event type with id {event_type_id} not found.")
    return event_type


def _of_user(world: World, slug: str, *, username: str) -> EventType:
    user = next((user for user in world.users.values() if user.username == username), None)
    if user is None:
        raise Refusal(404, f"User with username {username} not found")
    for event_type in world.event_types.values():
        if event_type.slug == slug and event_type.owner_id == user.id and event_type.team_id is None:
            return event_type
    raise Refusal(404, f"Event type with slug {slug} belonging to user {username} not found.")


def _of_team(world: World, slug: str, *, team_slug: str) -> EventType:
    team = next((team for team in world.teams.values() if team.slug == team_slug), None)
    if team is None:
        raise Refusal(404, f"Team with slug {team_slug} not found")
    for event_type in world.event_types.values():
        if event_type.slug == slug and event_type.team_id == team.id:
            return event_type
    raise Refusal(404, f"Event type with slug {slug} belonging to team {team_slug} not found.")
