from __future__ import annotations

from typing import Any

import pytest

from calcom.sandbox.sample import OTHER_KEY
from tests.sandbox.caller import Caller

HOOK = {"active": True, "subscriberUrl": "https://hooks.example.com/cal", "triggers": ["BOOKING_CREATED"]}


def test_a_new_one_shows_its_secret_in_clear(api: Caller) -> None:
    made = api.data("POST", "/webhooks", HOOK | {"secret": "whsec"})
    assert made == {
        "id": made["id"],
        "payloadTemplate": None,
        "triggers": ["BOOKING_CREATED"],
        "subscriberUrl": "https://hooks.example.com/cal",
        "active": True,
        "secret": "whsec",
        "userId": 1,
    }


def test_a_single_one_tells_more_than_the_list(api: Caller) -> None:
    made = api.data("POST", "/webhooks", HOOK)
    assert api.data("GET", "/webhooks") == [made]
    assert api.data("GET", f"/webhooks/{made['id']}")["version"] == "2021-10-20"


def test_a_url_is_used_once_per_owner(api: Caller) -> None:
    api.data("POST", "/webhooks", HOOK)
    text = "Webhook with this subscriber url already exists for this user"
    assert api.refusal("POST", "/webhooks", HOOK) == (409, text)
    assert api("POST", "/webhooks", HOOK, key=OTHER_KEY).status == 201
    assert api("POST", f"/event-types/{api.event_type()}/webhooks", HOOK).status == 201


@pytest.mark.parametrize(
    ("change", "name", "rule"),
    [
        ({"triggers": ["BOOKING_CONFIRMED"]}, "triggers", "isEnum"),
        ({"triggers": "BOOKING_CREATED"}, "triggers", "isArray"),
        ({"active": "yes"}, "active", "isBoolean"),
        ({"version": "2026-07-27"}, "version", "isEnum"),
    ],
)
def test_a_bad_property_is_named(api: Caller, change: dict[str, Any], name: str, rule: str) -> None:
    answer = api("POST", "/webhooks", HOOK | change)
    error = answer.body["error"]["details"]["errors"][0]
    assert (answer.status, error["property"]) == (400, name)
    assert rule in error["constraints"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("not a url", "Invalid URL format"),
        ("ftp://example.com/x", "Only HTTP and HTTPS protocols are allowed"),
    ],
)
def test_a_url_that_cannot_be_called_is_refused(api: Caller, url: str, reason: str) -> None:
    refused = api.refusal("POST", "/webhooks", HOOK | {"subscriberUrl": url})
    assert refused == (400, f"Webhook URL is not allowed: {reason}")


def test_a_change_leaves_the_rest(api: Caller) -> None:
    number = api.data("POST", "/webhooks", HOOK | {"secret": "whsec"})["id"]
    changed = api.data("PATCH", f"/webhooks/{number}", {"active": False})
    assert (changed["active"], changed["secret"], changed["triggers"]) == (False, "whsec", ["BOOKING_CREATED"])


def test_an_url_of_another_row_is_not_taken_over(api: Caller) -> None:
    api.data("POST", "/webhooks", HOOK)
    other = api.data("POST", "/webhooks", HOOK | {"subscriberUrl": "https://hooks.example.com/two"})
    answer = api("PATCH", f"/webhooks/{other['id']}", {"subscriberUrl": HOOK["subscriberUrl"]})
    assert (answer.status, answer.body["error"]["code"]) == (409, "CONFLICT")


def test_anothers_row_is_closed(api: Caller) -> None:
    number = api.data("POST", "/webhooks", HOOK)["id"]
    text = f"IsUserWebhookGuard - user with id=(2) is not the owner of webhook with id=({number})"
    for method in ("GET", "PATCH", "DELETE"):
        assert api.refusal(method, f"/webhooks/{number}", {}, key=OTHER_KEY) == (403, text)


def test_an_unknown_row_is_not_found(api: Caller) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        assert api.refusal(method, "/webhooks/none", {}) == (404, "Webhook (none) not found")


def test_those_of_an_event_type_can_be_removed_together(api: Caller) -> None:
    path = f"/event-types/{api.event_type()}/webhooks"
    for name in ("a", "b"):
        api.data("POST", path, HOOK | {"subscriberUrl": f"https://hooks.example.com/{name}"})
    assert api.data("GET", path)[0]["eventTypeId"] == 1
    assert api.data("DELETE", path) == "2 webhooks deleted"
    assert api.data("GET", path) == []


def test_the_event_type_of_another_is_closed(api: Caller) -> None:
    path = f"/event-types/{api.event_type()}/webhooks"
    text = "IsUserEventTypeWebhookGuard - User (2) is not the owner of event type (1)"
    assert api.refusal("POST", path, HOOK, key=OTHER_KEY) == (403, text)


def test_a_row_of_the_user_is_none_of_the_event_type(api: Caller) -> None:
    number = api.data("POST", "/webhooks", HOOK)["id"]
    status, message = api.refusal("GET", f"/event-types/{api.event_type()}/webhooks/{number}")
    assert status == 403
    assert message.endswith(f"Webhook ({number}) is not associated with event type (1)")


def test_one_trigger_is_for_organizations(api: Caller) -> None:
    refused = api.refusal("POST", "/webhooks", HOOK | {"triggers": ["DELEGATION_CREDENTIAL_ERROR"]})
    assert refused == (400, "DELEGATION_CREDENTIAL_ERROR trigger is only available for organization webhooks")
