"""Who the key belongs to, and the teams it reaches. GET /v2/me, /v2/teams, memberships; no version."""

from __future__ import annotations

from functools import partial

from calcom.client.base import Caller, Listing
from calcom.schemas.accounts import MembershipRead, Profile, TeamRead
from calcom.transport import Call


class Accounts(Caller):
    """The profile, teams and memberships."""

    def me(self, *, fresh: bool = False) -> Profile:
        """The user whose key it is; kept for 600 s. Raises CalcomAuthFailed for a wrong or expired key."""
        call = Call("GET", "/me", "/me")
        parse = partial(self.parse, Profile, call=call)
        profile: Profile = self.cached("profile", {}, call, parse=parse, allow_stale=True, fresh=fresh).value
        return profile

    def teams(self) -> Listing[TeamRead]:
        """The teams of the key's user. From documentation: community servers have none and answer 404."""
        return Listing(tuple(self.read_list(TeamRead, Call("GET", "/teams", "/teams"))))

    def organization_teams(self, organization_id: int) -> Listing[TeamRead]:
        """All teams of an organization, for its administrators. From documentation."""
        return self.paged(TeamRead, "/organizations/{id}/teams", f"/organizations/{organization_id}/teams")

    def memberships(self, team_id: int, *, organization_id: int | None = None) -> Listing[MembershipRead]:
        """Who belongs to a team. From documentation."""
        endpoint, path = "/teams/{id}/memberships", f"/teams/{team_id}/memberships"
        if organization_id is not None:
            endpoint = f"/organizations/{{id}}{endpoint}"
            path = f"/organizations/{organization_id}{path}"
        return self.paged(MembershipRead, endpoint, path)
