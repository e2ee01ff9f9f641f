"""Teams and organizations, as the documentation describes them: there are no recordings of them."""

from __future__ import annotations

from typing import Any

import pytest

from calcom.sandbox.sample import OTHER_KEY, TINY_KEY
from calcom.sandbox.state import Team
from tests.sandbox.caller import Caller

OLGA, OTTO, LENA = 1, 2, 3
TUESDAY = "2027-01-05"
HOOK = {"active": True, "subscriberUrl": "https://hooks.example.com/cal", "triggers": ["BOOKING_CREATED"]}


@pytest.fixture
def team(api: Caller) -> str:
    """The path of a team of two, both with office hours; Otto begins at ten."""
    api.office_hours()
    later = [{"days": ["Tuesday"], "startTime": "10:00", "endTime": "13:00"}]
    api.data("POST", "/schedules", _schedule(later), key=OTHER_KEY)
    number = api.data("POST", "/teams", {"name": "Branch North"})["id"]
    api.data("POST", f"/teams/{number}/memberships", {"userId": OTTO, "role": "MEMBER", "accepted": True})
    return f"/teams/{number}"


def _schedule(hours: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": "Late", "timeZone": "Europe/Berlin", "isDefault": True, "availability": hours}


def _body(kind: str, *hosts: int) -> dict[str, Any]:
    return {
        "title": "Advice",
        "slug": "advice",
        "lengthInMinutes": 60,
        "minimumBookingNotice": 0,
        "schedulingType": kind,
        "hosts": [{"userId": host} for host in hosts or (OLGA, OTTO)],
    }


def test_the_creator_owns_a_team(api: Caller, team: str) -> None:
    members = api.data("GET", f"{team}/memberships")
    assert [(m["userId"], m["role"], m["accepted"]) for m in members] == [(1, "OWNER", True), (2, "MEMBER", True)]
    assert members[1]["user"]["email"] == "otto@example.test"
    assert [one["name"] for one in api.data("GET", "/teams", key=OTHER_KEY)] == ["Branch North"]


def test_a_stranger_to_the_team_is_forbidden(api: Caller, team: str) -> None:
    refused = api.refusal("GET", f"{team}/memberships", key=TINY_KEY)
    assert refused == (403, "RolesGuard - User is not a member of the team with id=1.")


def test_a_member_may_look_and_not_change(api: Caller, team: str) -> None:
    assert api("GET", f"{team}/event-types", key=OTHER_KEY).status == 200
    assert api("POST", f"{team}/event-types", _body("roundRobin"), key=OTHER_KEY).status == 403


def test_a_membership_ends(api: Caller, team: str) -> None:
    number = api.data("GET", f"{team}/memberships")[1]["id"]
    assert api.data("PATCH", f"{team}/memberships/{number}", {"role": "ADMIN"})["role"] == "ADMIN"
    api.data("DELETE", f"{team}/memberships/{number}")
    text = "Organization's Team membership not found"
    assert api.refusal("GET", f"{team}/memberships/{number}") == (404, text)


def test_round_robin_offers_what_any_host_has(api: Caller, team: str) -> None:
    made = api.data("POST", f"{team}/event-types", _body("roundRobin"))
    assert [(host["userId"], host["priority"]) for host in made["hosts"]] == [(1, "medium"), (2, "medium")]
    assert api.starts(made["id"], TUESDAY) == ["09:00", "10:00", "11:00", "12:00"]


def test_collective_offers_what_all_hosts_have(api: Caller, team: str) -> None:
    made = api.data("POST", f"{team}/event-types", _body("collective"))
    assert api.starts(made["id"], TUESDAY) == ["10:00", "11:00"]


def test_managed_comes_with_a_child_for_every_host(api: Caller, team: str) -> None:
    parent, *children = api.data("POST", f"{team}/event-types", _body("managed"))
    assert [(one["ownerId"], one["parentEventTypeId"]) for one in children] == [(1, parent["id"]), (2, parent["id"])]
    assert api.starts(parent["id"], TUESDAY) == []
    assert api.starts(children[1]["id"], TUESDAY) == ["10:00", "11:00", "12:00"]
    assert [one["id"] for one in api.data("GET", "/event-types", key=OTHER_KEY)] == [children[1]["id"]]


def test_a_host_who_leaves_a_managed_type_loses_the_child(api: Caller, team: str) -> None:
    parent, *_ = api.data("POST", f"{team}/event-types", _body("managed"))
    api.data("PATCH", f"{team}/event-types/{parent['id']}", {"hosts": [{"userId": OLGA}]})
    assert api.data("GET", "/event-types", key=OTHER_KEY) == []


def test_a_host_must_be_a_member(api: Caller, team: str) -> None:
    assert api.refusal("POST", f"{team}/event-types", _body("collective", LENA)) == (400, "Invalid hosts: 3")


def test_personal_lists_leave_team_event_types_out(api: Caller, team: str) -> None:
    api.data("POST", f"{team}/event-types", _body("roundRobin"))
    assert api.data("GET", "/event-types") == []
    assert len(api.data("GET", f"{team}/event-types?eventSlug=advice")) == 1


def test_team_slots_are_found_by_slug(api: Caller, team: str) -> None:
    api.data("POST", f"{team}/event-types", _body("collective"))
    path = f"/slots?teamSlug=branch-north&eventTypeSlug=advice&start={TUESDAY}&end={TUESDAY}"
    assert len(api.data("GET", path, key=None)[TUESDAY]) == 2


def test_a_team_event_type_has_subscriptions(api: Caller, team: str) -> None:
    made = api.data("POST", f"{team}/event-types", _body("roundRobin"))
    path = f"{team}/event-types/{made['id']}/webhooks"
    assert api.data("POST", path, HOOK)["eventTypeId"] == made["id"]
    assert api("POST", path, HOOK, key=OTHER_KEY).status == 403


@pytest.fixture
def organization(api: Caller, team: str) -> str:
    """The path of an organization of Olga's, to which the team belongs."""
    number = api.sandbox.world.next_id("team")
    members = {OLGA: "ADMIN", OTTO: "MEMBER"}
    api.sandbox.world.teams[number] = Team(number, "Example Inc", "example", members, is_organization=True)
    api.sandbox.world.teams[1].organization_id = number
    return f"/organizations/{number}"


def test_an_organization_lists_its_teams_and_their_event_types(api: Caller, organization: str) -> None:
    api.data("POST", f"{organization}/teams/1/event-types", _body("roundRobin"))
    assert [one["name"] for one in api.data("GET", f"{organization}/teams")] == ["Branch North"]
    assert [one["slug"] for one in api.data("GET", f"{organization}/teams/event-types")] == ["advice"]


def test_an_organization_has_subscriptions_for_its_admins(api: Caller, organization: str) -> None:
    assert "userId" not in api.data("POST", f"{organization}/webhooks", HOOK)
    status, message = api.refusal("GET", f"{organization}/webhooks", key=OTHER_KEY)
    assert (status, message.startswith("RolesGuard - ")) == (403, True)


def test_a_stranger_to_the_organization_is_forbidden(api: Caller, organization: str) -> None:
    refused = api.refusal("GET", f"{organization}/teams", key=TINY_KEY)
    assert refused == (403, "RolesGuard - User is not a member of the organization with id=2.")


def test_a_team_of_another_organization_is_not_found_there(api: Caller, organization: str) -> None:
    api.sandbox.world.teams[1].organization_id = None
    assert api.refusal("GET", f"{organization}/teams/1")[0] == 404


def test_members_come_in_pages(api: Caller, team: str) -> None:
    assert [one["userId"] for one in api.data("GET", f"{team}/memberships?take=1&skip=1")] == [OTTO]
    assert api("GET", f"{team}/memberships?take=251").status == 400
