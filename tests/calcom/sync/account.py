"""The Cal.com account that the tests of the sync read: Olga's at the sandbox, changed behind the scenes."""

from __future__ import annotations

import re
from typing import Any

from calcom.sandbox.faults import Rule
from calcom.sandbox.server import RunningSandbox
from calcom.sandbox.state import EventType, Team, User, World

OLGA = 1
TEAM = 5


class Account:
    """Olga has the company's key; she administers every team that is made here."""

    def __init__(self, cal: RunningSandbox) -> None:
        self.cal = cal
        self.world: World = cal.sandbox.world

    def user(self, name: str, email: str = "", *, id: int | None = None) -> int:  # noqa: A002 - as Cal.com calls it
        """Somebody new; returns the id."""
        number = id or 100 + self.world.next_id("test user")
        self.world.users[number] = User(id=number, username=f"user{number}", name=name, email=email)
        return number

    def team(self, id: int, *member_ids: int, organization: int | None = None) -> int:  # noqa: A002 - see above
        """A team with members; returns its id."""
        members = dict.fromkeys(member_ids, "MEMBER") | {OLGA: "OWNER"}
        self.world.teams[id] = Team(
            id=id, name=f"Team {id}", slug=f"team-{id}", members=members, organization_id=organization
        )
        return id

    def organization(self, id: int) -> int:  # noqa: A002 - see above
        """An organization of Olga's; returns its id."""
        self.team(id)
        self.world.teams[id].is_organization = True
        return id

    def offer(
        self,
        title: str,
        minutes: int = 30,
        *,
        id: int | None = None,  # noqa: A002 - see above
        hosts: list[int] | None = None,
        team: int | None = None,
        kind: str | None = None,
        hidden: bool = False,
        **fields: Any,
    ) -> int:
        """An event type, new or changed; other fields as the API writes them. Returns the id."""
        if team is not None and team not in self.world.teams:
            self.team(team)
        number = id or 1000 + self.world.next_id("test event type")
        self.world.event_types[number] = EventType(
            id=number,
            owner_id=None if team else OLGA,
            title=title,
            slug=f"type-{number}",
            length_min=minutes,
            host_ids=[OLGA] if hosts is None else hosts,
            fields=fields,
            team_id=team,
            scheduling_type=kind or ("roundRobin" if team else None),
            is_hidden=hidden,
        )
        return number

    def remove(self, *ids: int) -> None:
        """Take event types away."""
        for number in ids:
            del self.world.event_types[number]

    def fail(self, path: str) -> None:
        """From now on this address has no useful answer."""
        match = {"method": "GET", "path": f"/v2{re.escape(path)}([?]|$)"}
        self.cal.sandbox.faults.add("status", match=match, status=502, html=True)

    def rule(self, kind: str, **settings: Any) -> Rule:
        """Any other fault."""
        return self.cal.sandbox.faults.add(kind, **settings)
