"""Who belongs to teams and organizations. From documentation: there are no recordings of it."""

from __future__ import annotations

from calcom.sandbox.membership import administered_organization, administered_team, team_of
from calcom.sandbox.router import Call, route
from calcom.sandbox.state import Json, Team
from calcom.sandbox.teams import both, paged
from calcom.sandbox.wire import Answer, Refusal, broken_constraint, invalid, success

_ROLES = ("MEMBER", "OWNER", "ADMIN")
_PER_TEAM = 10_000  # a membership's id is made of its team's and its user's


@both("GET", "/memberships")
def members(call: Call) -> Answer:
    """The team's members."""
    with call.world.lock:
        return success(paged(call, _members(call, team_of(call))))


@route("GET", "/organizations/{orgId}/memberships")
def members_of_organization(call: Call) -> Answer:
    """The organization's members."""
    with call.world.lock:
        return success(paged(call, _members(call, administered_organization(call))))


@both("GET", "/memberships/{membershipId}")
def member(call: Call) -> Answer:
    """One membership."""
    with call.world.lock:
        team = team_of(call)
        return success(_membership(call, team, _member_of(call, team)))


@both("POST", "/memberships")
def join(call: Call) -> Answer:
    """Makes a user a member."""
    body = call.body
    with call.world.lock:
        team = administered_team(call)
        _validate_membership(call, body, is_new=True)
        team.members[body["userId"]] = body["role"]
        if not body.get("accepted", False):
            team.pending.add(body["userId"])
        return success(_membership(call, team, body["userId"]), status=201)


@both("PATCH", "/memberships/{membershipId}")
def change_member(call: Call) -> Answer:
    """Changes role and acceptance."""
    body = call.body
    with call.world.lock:
        team = administered_team(call)
        user_id = _member_of(call, team)
        _validate_membership(call, body, is_new=False)
        team.members[user_id] = body.get("role", team.members[user_id])
        if body.get("accepted"):
            team.pending.discard(user_id)
        return success(_membership(call, team, user_id))


@both("DELETE", "/memberships/{membershipId}")
def leave(call: Call) -> Answer:
    """Ends a membership."""
    with call.world.lock:
        team = administered_team(call)
        user_id = _member_of(call, team)
        gone = _membership(call, team, user_id)
        del team.members[user_id]
        return success(gone)


def _members(call: Call, team: Team) -> list[Json]:
    return [_membership(call, team, user_id) for user_id in team.members if user_id in call.world.users]


def _membership(call: Call, team: Team, user_id: int) -> Json:
    user = call.world.users[user_id]
    return {
        "id": team.id * _PER_TEAM + user_id,
        "userId": user_id,
        "teamId": team.id,
        "accepted": user_id not in team.pending,
        "role": team.members[user_id],
        "disableImpersonation": False,
        "user": {
            "avatarUrl": None,
            "username": user.username,
            "name": user.name,
            "email": user.email,
            "bio": None,
            "metadata": {},
        },
    }


def _member_of(call: Call, team: Team) -> int:
    given = call.params["membershipId"]
    user_id = int(given) - team.id * _PER_TEAM if given.isdigit() else 0
    if user_id not in team.members:
        raise Refusal(404, "Organization's Team membership not found")
    return user_id


def _validate_membership(call: Call, body: Json, *, is_new: bool) -> None:
    if (is_new or "role" in body) and body.get("role") not in _ROLES:
        text = {"isEnum": f"role must be one of the following values: {', '.join(_ROLES)}"}
        raise invalid([broken_constraint(body, "role", text)])
    if is_new and body.get("userId") not in call.world.users:
        raise Refusal(404, f"User with id {body.get('userId')} not found")
