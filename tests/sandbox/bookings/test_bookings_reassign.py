"""From the documentation: no recording shows these."""

from __future__ import annotations

from typing import Any

import pytest

from calcom.sandbox.sample import OTHER_KEY
from calcom.sandbox.state import Team
from tests.sandbox.bookings.desk import Desk


@pytest.fixture
def shared(desk: Desk) -> Any:
    world = desk.sandbox.world
    world.teams[1] = Team(1, "Salon", "salon", members={1: "OWNER", 2: "MEMBER"})
    world.users[2].default_schedule_id = 1
    event_type = world.event_types[desk.event_type()]
    event_type.team_id, event_type.scheduling_type, event_type.host_ids = 1, "roundRobin", [1, 2]
    return desk.book(event_type.id)


def test_a_free_host_takes_over_and_the_uid_stays(desk: Desk, shared: Any) -> None:
    answer = desk.act(shared, "reassign")
    assert (answer["bookingUid"], answer["reassignedTo"]["id"]) == (shared["uid"], 2)
    assert desk.look(shared)["hosts"][0]["id"] == 2


def test_nobody_free_is_an_error(desk: Desk, shared: Any) -> None:
    desk.book(shared["eventTypeId"], name="Olaf Tal")
    assert desk.act_refused(shared, "reassign") == (
        400,
        "Can't reassign the booking because no other host is available at that time.",
    )


def test_a_named_host_must_be_one_of_the_type(desk: Desk, shared: Any) -> None:
    assert desk.act_refused(shared, "reassign/3")[1].startswith("User with id=3 is not a valid Round Robin host")
    assert desk.act(shared, "reassign/2")["reassignedTo"]["name"] == "Otto Other"


def test_only_a_host_reassigns(desk: Desk, shared: Any) -> None:
    assert desk.act_refused(shared, "reassign", key=OTHER_KEY)[0] == 403


def test_a_collective_event_takes_all_hosts(desk: Desk, shared: Any) -> None:
    event_type = desk.sandbox.world.event_types[shared["eventTypeId"]]
    event_type.scheduling_type = "collective"
    webhook = desk.subscribe("BOOKING_CREATED", path=f"/event-types/{event_type.id}/webhooks")
    booked = desk.book(event_type.id, "2027-01-06T08:00:00Z")
    assert webhook
    assert [one["name"] for one in booked["attendees"]] == ["Ida Berg", "Otto Other"]
    payload = desk.received[0].payload
    assert [one["name"] for one in payload["attendees"]] == ["Ida Berg"]
    assert [one["name"] for one in payload["team"]["members"]] == ["Otto Other"]
