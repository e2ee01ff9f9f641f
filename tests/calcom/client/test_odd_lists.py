"""Lists of a server that repeats itself, never ends, or says what nobody expects."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone
from django_redis import get_redis_connection

from calcom.client import CalcomClient
from calcom.errors import CalcomMisconfigured, CalcomUnclear, CalcomVersionMismatch
from companies.models import Company
from tests.calcom.odd_server import Behaviour, OddServer, http, odd_server
from tests.factories import CompanyFactory

TYPES = [{"id": number, "title": "Haircut", "lengthInMinutes": 30} for number in range(250)]
BOOKING = {"id": 1, "uid": "u", "start": "2027-01-04T09:00:00Z", "end": "2027-01-04T09:30:00Z"}


def ok(data: Any, **more: Any) -> Behaviour:
    return http("200 OK", json.dumps({"status": "success", "data": data, **more}).encode())


@pytest.fixture
def server() -> Iterator[OddServer]:
    with odd_server() as running:
        yield running


@pytest.fixture
def odd(db: None, server: OddServer) -> Company:
    get_redis_connection("default").flushdb()
    return CompanyFactory.create(name="Salon Nord", calcom_api_key="cal_of_nobody_01", calcom_base_url=server.url)


@pytest.fixture
def odd_client(odd: Company) -> CalcomClient:
    return CalcomClient(odd)


@pytest.fixture
def by_cursor(odd: Company) -> CalcomClient:
    odd.calcom_api_versions = {"booking_list": "2026-05-01"}
    return CalcomClient(odd)


def test_the_same_page_again_ends_a_list(odd_client: CalcomClient, server: OddServer) -> None:
    server.answers_with(ok([{"id": number, "userId": number} for number in range(250)]))
    assert len(odd_client.memberships(1)) == 250
    assert len(server.asked) == 2


def test_the_same_page_again_ends_an_organizations_list(odd_client: CalcomClient, server: OddServer) -> None:
    server.answers_with(ok(TYPES))
    assert len(odd_client.organization_event_types(1)) == 250
    assert len(server.asked) == 2


def test_the_same_cursor_again_ends_a_list(by_cursor: CalcomClient, server: OddServer) -> None:
    server.answers_with(ok([], pagination={"nextCursor": "x", "hasMore": True}))
    assert list(by_cursor.bookings()) == []
    assert len(server.asked) == 2


def page(*uids: str) -> Behaviour:
    return ok([BOOKING | {"uid": uid} for uid in uids])


def test_a_page_that_came_before_ends_a_list_of_bookings(odd_client: CalcomClient, server: OddServer) -> None:
    server.answers_with(page("a", "b"), page("c", "d"), page("a", "b"))
    assert [[one.uid for one in found] for found in odd_client.booking_pages(per_page=2)] == [["a", "b"], ["c", "d"]]


def test_what_a_new_booking_pushes_onto_the_next_page_comes_once(odd_client: CalcomClient, server: OddServer) -> None:
    server.answers_with(page("a", "b"), page("b", "c"), page("d"), page())
    assert [one.uid for found in odd_client.booking_pages(per_page=2) for one in found] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("pagination", ["x", ["a"], {"nextCursor": {"a": 1}}, {"nextCursor": 5}])
def test_a_pagination_of_another_shape_is_said_so(by_cursor: CalcomClient, server: OddServer, pagination: Any) -> None:
    server.answers_with(ok([], pagination=pagination))
    with pytest.raises(CalcomVersionMismatch, match="pagination"):
        list(by_cursor.bookings())


def test_a_list_that_never_ends_is_no_list(
    odd_client: CalcomClient, server: OddServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calcom.client.bookings.MAX_PAGES", 3)
    server.answers_with(*(ok([BOOKING | {"uid": f"u{number}"}]) for number in range(4)))
    with pytest.raises(CalcomMisconfigured, match="no end"):
        list(odd_client.bookings())
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda client: client.cancel_booking("u", reason="ill"),
        lambda client: client.confirm_booking("u"),
        lambda client: client.mark_absent("u", host=True),
        lambda client: client.change_location("u", {"type": "link", "link": "https://meet.example.com/1"}),
        lambda client: client.reschedule_booking("u", starts_at=timezone.now()),
    ],
)
def test_an_empty_list_after_a_change_leaves_it_unclear(
    odd_client: CalcomClient, server: OddServer, change: Callable[[CalcomClient], object]
) -> None:
    server.answers_with(ok([]))
    with pytest.raises(CalcomUnclear, match="no usable data"):
        change(odd_client)


def test_one_bad_event_type_does_not_lose_the_others(odd_client: CalcomClient, server: OddServer) -> None:
    server.answers_with(ok([TYPES[7], {"id": 8, "title": "No length"}, {"id": 2**63}, {"id": True}, "nonsense"]))
    for fresh in (True, False):
        listing = odd_client.event_types(fresh=fresh)
        assert [one.id for one in listing] == [7]
        assert listing.unreadable == (8, 0, 0, 0)


def test_a_host_whose_id_cannot_be_one_costs_nothing_else(odd_client: CalcomClient, server: OddServer) -> None:
    server.answers_with(ok([TYPES[7] | {"hosts": [{"userId": 4}, {"userId": 2**63}, {"userId": -1}]}]))
    assert odd_client.event_types(fresh=True)[0].host_ids == [4]


def test_a_list_of_nothing_readable_is_another_versions(odd_client: CalcomClient, server: OddServer) -> None:
    server.answers_with(ok([{"id": 8, "length": 30}, {"id": 9, "length": 30}]))
    with pytest.raises(CalcomVersionMismatch, match="API versions"):
        odd_client.event_types(fresh=True)
