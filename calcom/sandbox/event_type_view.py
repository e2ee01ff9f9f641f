"""Event types as the API writes them, personal ones and those of teams."""

from __future__ import annotations

from calcom.sandbox.event_type_defaults import settings
from calcom.sandbox.state import EventType, Json, Team, User, World


def personal(world: World, event_type: EventType, *, is_listed: bool = False) -> Json:
    """A personal event type. Lists leave out the form's hidden fields."""
    own = settings(event_type)
    form = [field for field in own.pop("bookingFields") if not (is_listed and field.get("hidden"))]
    found: Json = {"id": event_type.id, "ownerId": event_type.owner_id, "lengthInMinutes": event_type.length_min}
    if options := own.pop("lengthInMinutesOptions", None):
        found["lengthInMinutesOptions"] = options
    found |= {"title": event_type.title, "slug": event_type.slug, "description": own.pop("description")}
    found |= {"locations": own.pop("locations"), "bookingFields": form}
    owner = world.users.get(event_type.owner_id or 0)
    found |= own
    found |= {"users": [user(owner)] if owner else [], "hidden": event_type.is_hidden}
    return found | {"bookingUrl": booking_url(world, event_type, owner)}


def of_team(world: World, event_type: EventType) -> Json:
    """A team's event type: hosts instead of users. From documentation."""
    found = personal(world, event_type)
    hosts = {host["userId"]: host for host in found.pop("hosts", [])}
    found.pop("users")
    team = world.teams.get(event_type.team_id or 0)
    return found | {
        "teamId": event_type.team_id,
        "ownerId": event_type.owner_id,
        "parentEventTypeId": event_type.parent_id,
        "schedulingType": event_type.scheduling_type,
        "assignAllTeamMembers": event_type.fields.get("assignAllTeamMembers", False),
        "hosts": [_host(world, host_id, hosts.get(host_id, {})) for host_id in event_type.host_ids],
        "team": _team(team) if team else None,
        "rescheduleWithSameRoundRobinHost": False,
    }


def user(one: User) -> Json:
    """A user as event types name them."""
    return {
        "id": one.id,
        "name": one.name,
        "username": one.username,
        "avatarUrl": None,
        "brandColor": None,
        "darkBrandColor": None,
        "weekStart": one.week_start,
        "metadata": {},
    }


def booking_url(world: World, event_type: EventType, owner: User | None) -> str:
    """Where a customer would book."""
    team = world.teams.get(event_type.team_id or 0)
    path = f"team/{team.slug}" if team else (owner.username if owner else "")
    return f"{world.web_url}/{path}/{event_type.slug}"


def _host(world: World, host_id: int, given: Json) -> Json:
    one = world.users.get(host_id)
    return {
        "userId": host_id,
        "mandatory": given.get("mandatory", False),
        "priority": given.get("priority", "medium"),
        "name": one.name if one else "",
        "username": one.username if one else None,
        "avatarUrl": None,
    }


def _team(team: Team) -> Json:
    return {
        "id": team.id,
        "slug": team.slug,
        "name": team.name,
        "bannerUrl": None,
        "logoUrl": None,
        "weekStart": "Sunday",
        "brandColor": None,
        "darkBrandColor": None,
        "theme": None,
    }
