"""Event types are taken over, remembered when they go, and never lost by a bad listing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calcom.client import CalcomClient
from calcom.models import CalcomSettings, Drift, EventType, EventTypeMapping, HostMapping, MappingProposal, SyncRun
from calcom.reach import proof
from calcom.signals import event_types_entered
from calcom.sync import pages
from calcom.sync.copies import storable
from tests.calcom.odd_server import http, odd_server
from tests.factories import BranchFactory, CompanyFactory
from tests.portal.factories import EventTypeFactory, ServiceFactory


def only() -> EventType:
    return EventType.objects.get()


def test_all_that_cal_com_tells_is_kept(connected, account, sync):
    account.offer(
        "Erstgespräch",
        45,
        lengthInMinutesOptions=[45, 60],
        description="Kommen Sie rein",
        price=3850,
        currency="eur",
        minimumBookingNotice=120,
        beforeEventBuffer=5,
        afterEventBuffer=10,
        disableGuests=True,
        confirmationPolicy={"type": "always"},
        seats={"seatsPerTimeSlot": 4},
        bookingFields=[{"type": "text", "slug": "thema"}],
        locations=[{"type": "attendeePhone"}],
    )
    assert sync().created == 1
    row = only()
    assert (row.title, row.length_min, row.length_options) == ("Erstgespräch", 45, [45, 60])
    assert (row.price, row.currency) == (Decimal("38.50"), "EUR")
    assert (row.notice_min, row.buffer_before_min, row.buffer_after_min) == (120, 5, 10)
    assert (row.disable_guests, row.requires_confirmation, row.seats) == (True, True, 4)
    assert (row.booking_fields[0]["slug"], row.locations[0]["type"]) == ("thema", "attendeePhone")
    assert (row.host_ids, row.calcom_owner_id, row.listed_by) == ([1], 1, "own")
    assert row.verified_by == proof(connected)
    assert row.last_listed_at


def test_a_second_run_changes_nothing(account, sync):
    account.offer("Cut")
    sync()
    before = only()
    result = sync()
    assert (result.created, result.updated, result.unchanged) == (0, 0, 1)
    assert only().last_synced_at == before.last_synced_at
    assert only().last_listed_at != before.last_listed_at


def test_a_change_is_taken_over_and_our_own_switch_stays(account, sync):
    number = account.offer("Cut")
    sync()
    EventType.objects.update(is_active=False)
    account.offer("Cut and wash", 40, id=number, hidden=True)
    assert sync().updated == 1
    assert (only().title, only().length_min, only().is_hidden, only().is_active) == ("Cut and wash", 40, True, False)


def test_no_price_does_not_overwrite_a_price(account, sync):
    number = account.offer("Cut", price=3000, currency="eur")
    sync()
    account.offer("Cut!", id=number, price=None)
    sync()
    account.offer("Cut!!", id=number, price=0)
    sync()
    assert (only().title, only().price, only().currency) == ("Cut!!", Decimal("30.00"), "EUR")
    assert sync().unchanged == 1


def test_a_currency_without_cents_comes_whole(account, sync):
    account.offer("Cut", price=3000, currency="jpy")
    sync()
    assert (only().price, only().currency) == (Decimal(3000), "JPY")


@pytest.mark.parametrize(
    ("offered", "warning"),
    [
        ({"kind": "managed", "team": 5, "hosts": []}, "managed_parent"),
        ({"kind": "collective", "team": 5}, "collective"),
        ({"bookingFields": [{"type": "number", "slug": "anzahl"}]}, "number_field"),
        ({"kind": "roundRobin", "team": 5, "hosts": []}, "no_hosts"),
    ],
)
def test_what_will_go_wrong_is_marked(company, account, sync, offered, warning):
    company.calcom_team_id = 5
    account.offer("Cut", **offered)
    assert [text[:5] for text in sync().warnings] == ["Cut ("]
    assert only().warnings == [warning]
    assert not sync().warnings


def test_a_new_kind_of_scheduling_is_no_error(company, account, sync):
    company.calcom_team_id = 5
    account.offer("Cut", team=5, kind="lottery")
    sync()
    assert only().scheduling_type == EventType.Scheduling.OTHER


def test_nulls_are_nothing(account, sync):
    nulls = ["schedulingType", "parentEventTypeId", "hosts", "locations", "metadata", "price", "currency", "seats"]
    account.offer("Cut", **dict.fromkeys(nulls))
    assert sync().is_good
    assert (only().scheduling_type, only().locations, only().price, only().seats) == ("", [], None, None)


def test_what_the_database_cannot_keep_is_left_out(account, sync):
    account.offer("Cut\x00", bookingFields=[{"slug": "a\x00b"}])
    sync()
    assert (only().title, only().booking_fields) == ("Cut", [{"slug": "ab"}])
    assert storable({"half \ud83d": ["\x00", 1, None]}) == {"half ?": ["", 1, None]}


def test_teams_of_company_and_branches_and_the_organization_are_asked(company, account, sync):
    company.calcom_team_id, company.calcom_organization_id = 5, 9
    BranchFactory.create(company=company, calcom_team_id=6)
    account.organization(9)
    account.team(7, organization=9)
    account.offer("Own")
    account.offer("Fifth", team=5)
    account.offer("Sixth", team=6)
    account.offer("Seventh", team=7)
    assert sync().created == 4
    listed_by = dict(EventType.objects.values_list("title", "listed_by"))
    assert listed_by == {"Own": "own", "Fifth": "team 5", "Sixth": "team 6", "Seventh": "organization 9"}


def test_another_companys_rows_stay_as_they_are(company, account, sync):
    stranger = CompanyFactory.create()
    number = account.offer("Cut")
    theirs = EventTypeFactory.create(company=stranger, calcom_id=number, title="Theirs")
    ServiceFactory.create(company=stranger, name="Cut", duration_min=30)
    EventTypeFactory.create(company=stranger, calcom_id=5)
    assert sync().created == 1
    theirs.refresh_from_db()
    assert (theirs.title, theirs.is_verified, theirs.is_listed) == ("Theirs", False, True)
    assert not EventTypeMapping.objects.filter(company=stranger).exists()
    assert not MappingProposal.objects.exists()


def test_a_dry_run_tells_all_and_writes_nothing(company, account, sync):
    ServiceFactory.create(company=company, name="Cut", duration_min=30)
    account.offer("Cut")
    result = sync(dry_run=True)
    assert (result.created, result.proposed, result.hosts_waiting) == (1, 1, 1)
    for model in (EventType, HostMapping, MappingProposal, EventTypeMapping, Drift, SyncRun, CalcomSettings):
        assert not model.objects.exists()


def test_a_sync_always_asks_afresh(account, connected, sync):
    account.offer("Cut")
    CalcomClient(connected).event_types()
    account.offer("Colour")
    assert sync().created == 2


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ('"price": 100, "currency": "\\ufb03\\ufb03\\ufb03"', ("FFI", [])),
        ('"price": 100, "currency": "E\\u0000R"', ("ER", [])),
        ('"bookingFields": [{"a": 1e999}]', ("", [{"a": None}])),
        ('"bookingFields": [{"a": "\\ud800"}]', ("", [{"a": "?"}])),
    ],
)
def test_absurd_details_cost_themselves_only(connected, sync, told, kept):
    with odd_server() as server:
        connected.calcom_base_url = server.url
        row = f'{{"id": 7, "title": "Cut", "lengthInMinutes": 30, {told}}}'
        server.answers_with(http("200 OK", f'{{"status": "success", "data": [{row}]}}'.encode()))
        assert sync().is_good
    assert (only().currency, only().booking_fields) == kept


def test_what_lies_too_deep_is_cut_off():
    deep: list[Any] = []
    for _level in range(500):
        deep = [deep]
    assert str(storable(deep)).count("[") == 30


def test_new_event_types_are_announced_once(company, account, sync):
    heard = []

    def hear(company_id, calcom_ids, **_more):
        heard.append((company_id, calcom_ids))

    event_types_entered.connect(hear)
    try:
        numbers = [account.offer("Cut"), account.offer("Colour")]
        sync()
        sync()
    finally:
        event_types_entered.disconnect(hear)
    assert heard == [(company.pk, numbers)]


def queries(sync) -> int:
    with CaptureQueriesContext(connection) as asked:
        sync()
    return len(asked)


def test_the_number_of_queries_does_not_grow_with_the_event_types(company, account, sync):
    company.calcom_team_id = 5
    ServiceFactory.create(company=company, name="Cut", duration_min=30)
    for index in range(2):
        account.offer("Cut", team=5, hosts=[account.user(f"Host {index}")])
    few = queries(sync), queries(sync)
    for row in (Drift, MappingProposal, EventTypeMapping, EventType, HostMapping):
        row.objects.all().delete()
    for index in range(2, 60):
        account.offer(f"Type {index}", team=5, hosts=[account.user(f"Host {index}")])
    assert (queries(sync), queries(sync)) == few


def test_a_page_more_costs_a_query_more(account, sync, monkeypatch):
    for index in range(4):
        account.offer(f"Type {index}")
    one = queries(sync)
    EventType.objects.all().delete()
    monkeypatch.setattr(pages, "PAGE", 2)
    assert queries(sync) <= one + 3
