"""Event types of teams: round robin, collective, managed. From documentation: there are no recordings of them."""

from __future__ import annotations

from typing import Any

from calcom.sandbox.event_type_defaults import fields_of
from calcom.sandbox.event_type_rules import slugified, validate
from calcom.sandbox.event_type_view import of_team
from calcom.sandbox.event_types import apply_changes, deleted, forget, number
from calcom.sandbox.membership import administered_organization, administered_team, team_of
from calcom.sandbox.router import Call, route
from calcom.sandbox.state import EventType, Json, Team
from calcom.sandbox.teams import both, paged
from calcom.sandbox.wire import Answer, Refusal, broken_constraint, invalid, malformed, success

_KINDS = ("collective", "roundRobin", "managed")


@both("GET", "/event-types")
def index(call: Call) -> Answer:
    """The team's event types, all or the one with a slug."""
    with call.world.lock:
        team, slug = team_of(call), call.first("eventSlug")
        found = [one for one in _of(call, team) if not slug or one.slug == slug]
        return success([of_team(call.world, one) for one in found])


@route("GET", "/organizations/{orgId}/teams/event-types")
def index_of_organization(call: Call) -> Answer:
    """The event types of all teams of the organization."""
    with call.world.lock:
        organization = administered_organization(call)
        teams = [team for team in call.world.teams.values() if team.organization_id == organization.id]
        return success(paged(call, [of_team(call.world, one) for team in teams for one in _of(call, team)]))


@both("GET", "/event-types/{eventTypeId}")
def show(call: Call) -> Answer:
    """One event type of the team."""
    with call.world.lock:
        return success(of_team(call.world, _found(call, team_of(call))))


@both("POST", "/event-types")
def create(call: Call) -> Answer:
    """A new one. A managed one comes back with a child for every host."""
    body = call.body
    with call.world.lock:
        team = administered_team(call)
        _validate(call, team, body, is_new=True)
        if any(one.slug == slugified(body["slug"]) for one in _of(call, team)):
            raise malformed("Team already has an event type with this slug.")
        event_type = EventType(
            id=call.world.next_id("event_type"),
            owner_id=None,
            title=body["title"],
            slug=slugified(body["slug"]),
            length_min=body["lengthInMinutes"],
            host_ids=_hosts(team, body),
            fields=_fields(body, before=None),
            team_id=team.id,
            scheduling_type=body["schedulingType"],
            is_hidden=bool(body.get("hidden")),
        )
        call.world.event_types[event_type.id] = event_type
        return success(_with_children(call, event_type), status=201)


@both("PATCH", "/event-types/{eventTypeId}")
def change(call: Call) -> Answer:
    """Changes what is given; `hosts` replaces the list."""
    body = call.body
    with call.world.lock:
        team = administered_team(call)
        event_type = _found(call, team)
        _validate(call, team, body, is_new=False)
        apply_changes(event_type, body)
        event_type.slug = slugified(body.get("slug", event_type.slug))
        event_type.fields = _fields(body, before=event_type.fields)
        if "hosts" in body or body.get("assignAllTeamMembers"):
            event_type.host_ids = _hosts(team, body)
        return success(_with_children(call, event_type))


@both("DELETE", "/event-types/{eventTypeId}")
def delete(call: Call) -> Answer:
    """Removes one, and its children."""
    with call.world.lock:
        event_type = _found(call, administered_team(call))
        for one in [event_type, *_children(call, event_type)]:
            forget(call, one)
        return success(deleted(event_type))


def _of(call: Call, team: Team) -> list[EventType]:
    return [one for one in call.world.event_types.values() if one.team_id == team.id]


def _found(call: Call, team: Team) -> EventType:
    wanted = number(call.params["eventTypeId"])
    found = next((one for one in _of(call, team) if one.id == wanted), None)
    if found is None:
        raise Refusal(404, f"Event type with id {wanted} not found")
    return found


def _validate(call: Call, team: Team, body: Json, *, is_new: bool) -> None:
    validate(body, is_new=is_new)
    if is_new and body.get("schedulingType") not in _KINDS:
        text = {"isEnum": f"schedulingType must be one of the following values: {', '.join(_KINDS)}"}
        raise invalid([broken_constraint(body, "schedulingType", text)])
    strangers = [host["userId"] for host in body.get("hosts", []) if host.get("userId") not in team.members]
    if strangers:
        raise malformed(f"Invalid hosts: {', '.join(map(str, strangers))}")


def _hosts(team: Team, body: Json) -> list[int]:
    if body.get("assignAllTeamMembers"):
        return list(team.members)
    return [int(host["userId"]) for host in body.get("hosts", [])]


def _fields(body: Json, *, before: Json | None) -> Json:
    kept = fields_of(body, before=before)
    return kept | {name: body[name] for name in ("hosts", "assignAllTeamMembers") if name in body}


def _children(call: Call, parent: EventType) -> list[EventType]:
    return [one for one in call.world.event_types.values() if one.parent_id == parent.id]


def _with_children(call: Call, event_type: EventType) -> Any:
    if event_type.scheduling_type != "managed":
        return of_team(call.world, event_type)
    kept = {child.owner_id: child for child in _children(call, event_type)}
    for host_id, child in kept.items():
        if host_id not in event_type.host_ids:
            forget(call, child)
    family = [event_type, *(_child(call, event_type, host, kept.get(host)) for host in event_type.host_ids)]
    return [of_team(call.world, one) for one in family]


def _child(call: Call, parent: EventType, host_id: int, present: EventType | None) -> EventType:
    own = {name: value for name, value in parent.fields.items() if name not in {"hosts", "assignAllTeamMembers"}}
    child = EventType(
        id=present.id if present else call.world.next_id("event_type"),
        owner_id=host_id,
        title=parent.title,
        slug=parent.slug,
        length_min=parent.length_min,
        host_ids=[host_id],
        fields=own,
        parent_id=parent.id,
        is_hidden=parent.is_hidden,
    )
    call.world.event_types[child.id] = child
    return child
