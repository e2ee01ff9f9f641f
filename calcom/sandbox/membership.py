"""Who may do what in teams and organizations. From documentation: the community edition has none of it."""

from __future__ import annotations

from calcom.sandbox.router import Call
from calcom.sandbox.state import Team
from calcom.sandbox.wire import Refusal

ADMINS = frozenset({"ADMIN", "OWNER"})


def team_of(call: Call) -> Team:
    """The team of the path, for its members and the admins of its organization."""
    team = _team(call, "teamId")
    if call.me.id not in team.members and not _administers_organization(call, team):
        raise Refusal(403, f"RolesGuard - User is not a member of the team with id={team.id}.")
    return team


def administered_team(call: Call, *, guard: str = "RolesGuard") -> Team:
    """The team of the path, for its admins and owners and those of its organization."""
    team = team_of(call)
    if team.members.get(call.me.id) not in ADMINS and not _administers_organization(call, team):
        raise Refusal(403, f"{guard} - User ({call.me.id}) is not an admin or owner of team ({team.id})")
    return team


def organization_of(call: Call) -> Team:
    """The organization of the path, for its members."""
    organization = _team(call, "orgId")
    if not organization.is_organization or call.me.id not in organization.members:
        raise Refusal(403, f"RolesGuard - User is not a member of the organization with id={call.params['orgId']}.")
    return organization


def administered_organization(call: Call) -> Team:
    """The organization of the path, for its admins and owners."""
    organization = organization_of(call)
    if organization.members[call.me.id] not in ADMINS:
        text = f"RolesGuard - User with id={call.me.id} does not have the minimum required role=ORG_ADMIN"
        raise Refusal(403, f"{text} within organization with id={organization.id}.")
    return organization


def _team(call: Call, name: str) -> Team:
    given = call.params[name]
    found = call.world.teams.get(int(given)) if given.isdigit() else None
    if found is None:
        kind = "organization" if name == "orgId" else "team"
        raise Refusal(403, f"RolesGuard - User is not a member of the {kind} with id={given}.")
    return found


def _administers_organization(call: Call, team: Team) -> bool:
    organization = call.world.teams.get(team.organization_id or 0)
    return organization is not None and organization.members.get(call.me.id) in ADMINS
