from __future__ import annotations

import pytest

from calcom.sandbox.sample import OTHER_KEY
from tests.sandbox.caller import Caller


def test_a_new_one_comes_back_with_every_default(api: Caller) -> None:
    body = {"title": "Colour", "slug": "colour", "lengthInMinutes": 45}
    made = api.data("POST", "/event-types", body)
    assert made["bookingUrl"] == "http://localhost:3000/olga/colour"
    assert made["minimumBookingNotice"] == 120
    assert (made["price"], made["currency"]) == (0, "usd")
    assert made["recurrence"] is None
    assert made["seats"] == made["confirmationPolicy"] == made["bookingWindow"] == {"disabled": True}


def test_own_fields_stand_between_those_of_the_system(api: Caller) -> None:
    own = {"type": "select", "slug": "branch", "label": "Branch", "required": True, "options": ["North", "South"]}
    fields = api.data("GET", f"/event-types/{api.event_type(bookingFields=[own])}")["bookingFields"]
    slugs = [field["slug"] for field in fields]
    assert slugs == ["name", "email", "location", "branch", "title", "notes", "guests", "rescheduleReason"]
    assert fields[3] == own | {"isDefault": False, "disableOnPrefill": False, "hidden": False}


def test_a_list_leaves_out_the_forms_hidden_fields(api: Caller) -> None:
    api.event_type()
    slugs = [field["slug"] for field in api.data("GET", "/event-types")[0]["bookingFields"]]
    assert "title" not in slugs


def test_what_is_missing_is_told_property_by_property(api: Caller) -> None:
    answer = api("POST", "/event-types", {"title": "x", "slug": "x"})
    assert answer.status == 400
    assert answer.body["error"]["details"]["errors"] == [
        {
            "target": {"title": "x", "slug": "x"},
            "property": "lengthInMinutes",
            "children": [],
            "constraints": {
                "min": "lengthInMinutes must not be less than 1",
                "isInt": "lengthInMinutes must be an integer number",
            },
        }
    ]


def test_a_slug_is_taken_once_per_user(api: Caller) -> None:
    body = {"title": "Colour", "slug": "colour", "lengthInMinutes": 45}
    api.data("POST", "/event-types", body)
    assert api.refusal("POST", "/event-types", body) == (400, "User already has an event type with this slug.")
    assert api("POST", "/event-types", body, key=OTHER_KEY).status == 201


def test_a_change_leaves_the_rest(api: Caller) -> None:
    number = api.event_type(beforeEventBuffer=15)
    changed = api.data("PATCH", f"/event-types/{number}", {"title": "New"})
    assert (changed["title"], changed["beforeEventBuffer"], changed["lengthInMinutes"]) == ("New", 15, 60)


def test_anothers_event_type_is_not_found(api: Caller) -> None:
    number = api.event_type()
    text = f"Event type with id {number} not found"
    for method in ("GET", "PATCH", "DELETE"):
        assert api.refusal(method, f"/event-types/{number}", {}, key=OTHER_KEY) == (404, text)


def test_letters_in_place_of_the_id_are_a_mistake_of_the_server(api: Caller) -> None:
    answer = api("GET", "/event-types/abc")
    assert answer.status == 500
    assert answer.body["error"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "details" not in answer.body["error"]


def test_a_strangers_list_shows_no_hidden_ones(api: Caller) -> None:
    shown, hidden = api.event_type(), api.event_type(hidden=True)
    assert [one["id"] for one in api.data("GET", "/event-types?username=olga", key=None)] == [shown]
    assert [one["id"] for one in api.data("GET", "/event-types")] == [shown, hidden]


@pytest.mark.parametrize("path", ["/event-types", "/event-types?username=nobody"])
def test_nobodys_list_is_empty(api: Caller, path: str) -> None:
    api.event_type()
    assert api.data("GET", path, key=None) == []


def test_a_deleted_one_is_gone(api: Caller) -> None:
    number = api.event_type()
    assert api.data("DELETE", f"/event-types/{number}")["id"] == number
    assert api.data("GET", "/event-types") == []
