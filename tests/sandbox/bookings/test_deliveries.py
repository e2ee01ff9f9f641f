"""Who gets a webhook, how it is signed, and what the switchboard does to it."""

from __future__ import annotations

import hashlib
import hmac
from threading import Thread

import pytest

from calcom.sandbox.state import EventType, Team
from calcom.sandbox.wire import Request
from tests.sandbox.bookings.desk import SECRET, TUESDAY_NINE, TUESDAY_TEN, Desk

URL = "http://127.0.0.1:1/hook"


def test_a_webhook_is_signed_over_its_bytes(desk: Desk) -> None:
    desk.subscribe()
    desk.book(desk.event_type(), name="Ida Größe")
    got = desk.received[0]
    assert got.headers["X-Cal-Signature-256"] == hmac.new(SECRET.encode(), got.raw, hashlib.sha256).hexdigest()
    assert got.headers["X-Cal-Webhook-Version"] == "2021-10-20"
    assert got.headers["Content-Type"] == "application/json"
    assert "Größe".encode() in got.raw
    assert b'": "' not in got.raw


def test_without_a_secret_the_header_says_so(desk: Desk) -> None:
    desk.subscribe(secret=None)
    desk.book(desk.event_type())
    assert desk.received[0].headers["X-Cal-Signature-256"] == "no-secret-provided"


def test_each_matching_subscription_gets_its_own(desk: Desk) -> None:
    event_type = desk.event_type()
    desk.subscribe("BOOKING_CREATED", subscriberUrl=URL)
    desk.subscribe("BOOKING_CREATED", path=f"/event-types/{event_type}/webhooks", subscriberUrl=URL, secret="other")
    desk.book(event_type)
    assert len({got.headers["X-Cal-Signature-256"] for got in desk.received}) == 2


def test_other_triggers_and_inactive_ones_get_nothing(desk: Desk) -> None:
    desk.subscribe("BOOKING_CANCELLED")
    desk.subscribe("BOOKING_CREATED", active=False)
    desk.book(desk.event_type())
    assert desk.received == []


def test_a_managed_child_reaches_its_parents_subscription(desk: Desk) -> None:
    parent, child = desk.event_type(), desk.event_type()
    desk.sandbox.world.event_types[child].parent_id = parent
    desk.subscribe("BOOKING_CREATED", path=f"/event-types/{parent}/webhooks")
    desk.book(child)
    assert desk.triggers == ["BOOKING_CREATED"]


def test_a_team_event_does_not_reach_the_hosts_own_subscription(desk: Desk) -> None:
    event_type = _round_robin(desk)
    desk.subscribe("BOOKING_CREATED")
    desk.subscribe("BOOKING_CREATED", path=f"/event-types/{event_type.id}/webhooks")
    booked = desk.book(event_type.id)
    assert len(desk.received) == 1
    payload = desk.received[0].payload
    assert (payload["uid"], payload["schedulingType"], payload["team"]["name"]) == (
        booked["uid"],
        "ROUND_ROBIN",
        "Salon",
    )


def test_a_teams_and_an_organizations_subscription_get_the_teams_bookings(desk: Desk) -> None:
    event_type = _round_robin(desk)
    world = desk.sandbox.world
    for owner in ({"team_id": 1}, {"organization_id": 2}):
        subscription = world.subscriptions[desk.subscribe("BOOKING_CREATED")]
        subscription.user_id = None
        for name, number in owner.items():
            setattr(subscription, name, number)
    desk.book(event_type.id)
    assert len(desk.received) == 2


def test_a_receiver_that_fails_changes_nothing_and_is_not_asked_again(desk: Desk) -> None:
    desk.subscribe()
    desk.status = 500
    assert desk.book(desk.event_type())["status"] == "accepted"
    assert [delivery.status for delivery in desk.sandbox.world.deliveries] == [500]


def test_a_receiver_that_is_away_is_noted(desk: Desk) -> None:
    def refuse(url: str, body: bytes, headers: dict[str, str]) -> int:
        raise ConnectionRefusedError

    desk.sandbox.sender = refuse
    desk.subscribe()
    assert desk.book(desk.event_type())["status"] == "accepted"
    assert desk.sandbox.world.deliveries[0].note == "no answer: ConnectionRefusedError"


def test_a_url_with_a_password_is_never_called(desk: Desk) -> None:
    desk.subscribe(subscriberUrl="http://user:pw@127.0.0.1:1/hook")
    desk.book(desk.event_type())
    assert desk.received == []


def test_the_lock_is_free_while_a_receiver_is_slow(desk: Desk) -> None:
    event_type = desk.event_type()
    desk.subscribe("BOOKING_CREATED")
    found: list[str] = []

    def ask_back(url: str, body: bytes, headers: dict[str, str]) -> int:
        asking = Thread(target=lambda: found.extend(one["status"] for one in desk.data("GET", "/bookings")))
        asking.start()
        asking.join(timeout=5)
        return 200

    desk.sandbox.sender = ask_back
    desk.book(event_type)
    assert found == ["accepted"]


def test_a_lost_webhook_is_not_sent(desk: Desk) -> None:
    desk.subscribe()
    desk.sandbox.faults.add("webhook_lost", match={"trigger": "BOOKING_CREATED"}, times=1)
    event_type = desk.event_type()
    desk.book(event_type)
    desk.book(event_type, TUESDAY_TEN)
    assert len(desk.received) == 1
    assert desk.sandbox.world.deliveries[0].note == "lost by a fault"


def test_a_duplicate_is_the_same_to_the_byte(desk: Desk) -> None:
    desk.subscribe()
    desk.sandbox.faults.add("webhook_duplicate", times=1)
    desk.book(desk.event_type())
    first, second = desk.received
    assert first.raw == second.raw


def test_a_reordered_one_comes_after_the_next(desk: Desk) -> None:
    desk.subscribe()
    desk.sandbox.faults.add("webhook_reorder", match={"trigger": "BOOKING_CREATED"}, times=1)
    desk.act(desk.book(desk.event_type()), "cancel", key=None)
    assert desk.triggers == ["BOOKING_CANCELLED", "BOOKING_CREATED"]


def test_while_the_fault_lasts_they_come_in_crossed_pairs(desk: Desk) -> None:
    desk.subscribe()
    desk.sandbox.faults.add("webhook_reorder")
    booked = desk.book(desk.event_type())
    assert desk.triggers == []
    desk.act(booked, "cancel", key=None)
    assert desk.triggers == ["BOOKING_CANCELLED", "BOOKING_CREATED"]


def test_what_is_held_back_goes_when_the_faults_end(desk: Desk) -> None:
    desk.subscribe()
    desk.sandbox.faults.add("webhook_reorder")
    desk.book(desk.event_type())
    desk.sandbox.handle(Request("DELETE", "/sandbox/faults"))
    assert desk.triggers == ["BOOKING_CREATED"]


@pytest.mark.parametrize(
    ("template", "text", "content_type"),
    [
        ('{"who":"{{attendees.0.name}}","t":"{{triggerEvent}}"}', '{"who":"Ida Berg","t":"BOOKING_CREATED"}', "json"),
        ("who={{attendees.0.name}}", "who=Ida Berg", "x-www-form-urlencoded"),
    ],
)
def test_a_template_replaces_the_body(desk: Desk, template: str, text: str, content_type: str) -> None:
    desk.subscribe(payloadTemplate=template)
    desk.book(desk.event_type())
    got = desk.received[0]
    assert (got.raw.decode(), got.headers["Content-Type"]) == (text, f"application/{content_type}")


def test_a_request_ignores_the_template_and_keeps_its_content_type(desk: Desk) -> None:
    policy = {"type": "always", "blockUnconfirmedBookingsInBooker": True}
    desk.subscribe(payloadTemplate="who={{title}}")
    desk.book(desk.event_type(confirmationPolicy=policy))
    assert desk.received[0].trigger == "BOOKING_REQUESTED"
    assert desk.received[0].headers["Content-Type"] == "application/x-www-form-urlencoded"


def _round_robin(desk: Desk) -> EventType:
    world = desk.sandbox.world
    world.teams[1] = Team(1, "Salon", "salon", members={1: "OWNER"}, organization_id=2)
    world.teams[2] = Team(2, "Chain", "chain", members={1: "OWNER"}, is_organization=True)
    event_type = world.event_types[desk.event_type()]
    event_type.team_id, event_type.scheduling_type, event_type.owner_id = 1, "roundRobin", 1
    return event_type


def test_a_round_robin_host_who_is_taken_is_passed_over(desk: Desk) -> None:
    event_type = _round_robin(desk)
    desk.sandbox.world.users[2].default_schedule_id = 1
    event_type.host_ids = [1, 2]
    hosts = [desk.book(event_type.id, TUESDAY_NINE, name=name)["hosts"][0]["id"] for name in ("Ida Berg", "Olaf Tal")]
    assert hosts == [1, 2]
    assert desk.refused(event_type.id, name="Ute Au")[1].startswith("One of the hosts either already has booking")
