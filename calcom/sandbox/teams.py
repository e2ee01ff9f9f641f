"""Teams, those of organizations, too. From documentation: there are no recordings of them.

Customers of the teams plan use /teams, those of organizations /organizations/{orgId}/teams: the same handlers.
"""

from __future__ import annotations

from collections.abc import Callable

from calcom.sandbox.membership import (
    administered_organization,
    administered_team,
    organization_of,
    team_of,
)
from calcom.sandbox.router import Call, Handler, route
from calcom.sandbox.state import Json, Team
from calcom.sandbox.wire import Answer, Refusal, broken_constraint, invalid, success

_NAME_MAX = 155


def both(method: str, path: str) -> Callable[[Handler], Handler]:
    """Registers a handler for a team's path in both families."""

    def register(handler: Handler) -> Handler:
        route(method, f"/teams/{{teamId}}{path}")(handler)
        route(method, f"/organizations/{{orgId}}/teams/{{teamId}}{path}")(_within(handler))
        return handler

    return register


def _within(handler: Handler) -> Handler:
    def checked(call: Call) -> Answer:
        with call.world.lock:
            organization = organization_of(call)
            team = call.world.teams.get(int(call.params["teamId"])) if call.params["teamId"].isdigit() else None
            if team is None or team.organization_id != organization.id:
                raise Refusal(
                    404, f"IsTeamInOrg - Team with id={call.params['teamId']} is not part of the organization"
                )
        return handler(call)

    return checked


@route("GET", "/teams")
def index(call: Call) -> Answer:
    """The caller's teams."""
    with call.world.lock:
        return success([shape(team) for team in _teams(call) if call.me.id in team.members])


@route("POST", "/teams")
def create(call: Call) -> Answer:
    """A new team; its creator owns it."""
    with call.world.lock:
        return success(shape(_new_team(call, organization_id=None)), status=201)


@route("GET", "/organizations/{orgId}/teams")
def index_of_organization(call: Call) -> Answer:
    """All teams of the organization, for its admins."""
    with call.world.lock:
        organization = administered_organization(call)
        return success(paged(call, [shape(team) for team in _teams(call) if team.organization_id == organization.id]))


@route("GET", "/organizations/{orgId}/teams/me")
def own_of_organization(call: Call) -> Answer:
    """The caller's teams in the organization."""
    with call.world.lock:
        organization = organization_of(call)
        own = [t for t in _teams(call) if t.organization_id == organization.id and call.me.id in t.members]
        return success(paged(call, [shape(team) for team in own]))


@route("POST", "/organizations/{orgId}/teams")
def create_in_organization(call: Call) -> Answer:
    """A new team of the organization."""
    with call.world.lock:
        return success(shape(_new_team(call, organization_id=administered_organization(call).id)), status=201)


@both("GET", "")
def show(call: Call) -> Answer:
    """One team."""
    with call.world.lock:
        return success(shape(team_of(call)))


@both("PATCH", "")
def change(call: Call) -> Answer:
    """Changes name and slug."""
    with call.world.lock:
        team = administered_team(call)
        team.name = call.body.get("name", team.name)
        team.slug = call.body.get("slug", team.slug)
        return success(shape(team))


@both("DELETE", "")
def delete(call: Call) -> Answer:
    """Removes a team with its event types and subscriptions."""
    with call.world.lock:
        team, world = administered_team(call), call.world
        del world.teams[team.id]
        gone = {one.id for one in world.event_types.values() if one.team_id == team.id}
        world.event_types = {
            i: one for i, one in world.event_types.items() if i not in gone and one.parent_id not in gone
        }
        world.subscriptions = {
            i: one for i, one in world.subscriptions.items() if one.team_id != team.id and one.event_type_id not in gone
        }
        return success(shape(team))


def shape(team: Team) -> Json:
    """A team as the API writes it."""
    nothing = "logoUrl calVideoLogo appLogo appIconLogo bio theme timeFormat brandColor darkBrandColor bannerUrl"
    return {
        "id": team.id,
        "parentId": team.organization_id,
        "name": team.name,
        "slug": team.slug,
        **dict.fromkeys(nothing.split(), None),
        "hideBranding": False,
        "isOrganization": team.is_organization,
        "isPrivate": False,
        "hideBookATeamMember": False,
        "metadata": {},
        "timeZone": "Europe/London",
        "weekStart": "Sunday",
    }


def paged(call: Call, rows: list[Json]) -> list[Json]:
    """skip and take; without a pagination object."""
    skip, take = call.first("skip", "0"), call.first("take", "250")
    if not skip.isdigit() or not take.isdigit() or not 1 <= int(take) <= 250:
        raise invalid([broken_constraint(dict(call.query), "take", {"max": "take must not be greater than 250"})])
    return rows[int(skip) : int(skip) + int(take)]


def _teams(call: Call) -> list[Team]:
    return [team for team in call.world.teams.values() if not team.is_organization]


def _new_team(call: Call, *, organization_id: int | None) -> Team:
    body = call.body
    name = body.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= _NAME_MAX:
        text = {
            "isLength": f"name must be longer than or equal to 1 and shorter than or equal to {_NAME_MAX} characters"
        }
        raise invalid([broken_constraint(body, "name", text)])
    slug = body.get("slug") or name.lower().replace(" ", "-")
    team = Team(call.world.next_id("team"), name, slug, {call.me.id: "OWNER"}, organization_id)
    call.world.teams[team.id] = team
    return team
