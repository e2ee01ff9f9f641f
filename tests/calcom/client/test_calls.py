"""Who the key belongs to, event types, refusals and failures. The client against a small Cal.com."""

from __future__ import annotations

import time

import pytest

from calcom import guard
from calcom.account import access_of
from calcom.client import CalcomClient
from calcom.errors import (
    CalcomAuthFailed,
    CalcomError,
    CalcomMisconfigured,
    CalcomNotFound,
    CalcomRateLimited,
    CalcomUnclear,
)
from calcom.guard import Lane
from calcom.sandbox.faults import Rule
from calcom.sandbox.sample import EXPIRED_KEY, OTHER_KEY, TINY_KEY
from calcom.sandbox.server import RunningSandbox
from calcom.schemas.event_types import EventTypeRead
from companies import meanwhile
from companies.models import Company
from tests.calcom.client.desk import booked


def test_who_the_key_belongs_to(client: CalcomClient):
    assert (client.me().username, client.me().time_zone) == ("olga", "Europe/Berlin")


@pytest.mark.parametrize("key", ["cal_live_nobodys_key", EXPIRED_KEY, "of-another-server"])
def test_a_wrong_key_is_said_so_and_not_shown(connected: Company, key: str):
    connected.calcom_api_key = key
    with pytest.raises(CalcomAuthFailed) as caught:
        CalcomClient(connected).me()
    assert key not in str(caught.value)
    assert connected.name in str(caught.value)


def test_event_types_are_listed_with_what_was_entered(client: CalcomClient, haircut: EventTypeRead):
    [listed] = client.event_types(fresh=True)
    assert (listed.id, listed.title, listed.slug, listed.length_in_minutes) == (haircut.id, "Haircut", "haircut", 30)
    assert listed.host_ids == [client.me().id]


def test_an_event_type_can_be_changed_and_is_not_shown_to_others(
    client: CalcomClient, connected: Company, haircut: EventTypeRead
):
    assert client.update_event_type(haircut.id, title="Haircut long", lengthInMinutes=60).length_in_minutes == 60
    assert client.event_type(haircut.id).title == "Haircut long"
    connected.calcom_api_key = OTHER_KEY
    with pytest.raises(CalcomNotFound):
        CalcomClient(connected).event_type(haircut.id)


def test_a_list_of_event_types_that_a_change_made_wrong_is_not_kept(client: CalcomClient, haircut: EventTypeRead):
    assert [one.title for one in client.event_types()] == ["Haircut"]
    client.update_event_type(haircut.id, title="Trim")
    assert [one.title for one in client.event_types()] == ["Trim"]


def test_reads_are_tried_three_times_and_writes_once(client: CalcomClient, haircut: EventTypeRead, cal: RunningSandbox):
    cal.sandbox.faults.replace([Rule.from_json({"kind": "status", "status": 502, "times": 2})])
    assert client.event_type(haircut.id).id == haircut.id
    cal.sandbox.faults.replace([Rule.from_json({"kind": "status", "status": 502, "times": 1})])
    with pytest.raises(CalcomUnclear):
        booked(client, haircut)


def test_a_call_waits_for_its_turn_as_long_as_its_patience_lasts(connected: Company):
    connected.requests_per_minute = 60
    patient = CalcomClient(connected, lane=Lane.BACKGROUND, patience_s=5)
    for _ in range(42):
        guard.admit(access_of(connected).account, lane=Lane.BACKGROUND)
    with pytest.raises(CalcomRateLimited):
        CalcomClient(connected, lane=Lane.BACKGROUND, patience_s=0).me(fresh=True)
    assert patient.me(fresh=True).username == "olga"


def test_nothing_is_put_off_while_a_call_waits_for_its_turn(connected: Company, monkeypatch: pytest.MonkeyPatch):
    connected.requests_per_minute = 60
    patient = CalcomClient(connected, lane=Lane.BACKGROUND, patience_s=5)
    for _ in range(42):
        guard.admit(access_of(connected).account, lane=Lane.BACKGROUND)
    events: list[str] = []
    sleep = time.sleep

    def asleep(seconds: float) -> None:
        events.append("asleep")
        sleep(seconds)

    monkeypatch.setattr("time.sleep", asleep)
    with meanwhile.keeping():
        meanwhile.keep(lambda: events.append("done"))
        patient.me(fresh=True)
    assert events[:2] == ["done", "asleep"]


def test_the_limit_that_cal_com_reports_is_kept_to(connected: Company):
    connected.calcom_api_key = TINY_KEY
    impatient = CalcomClient(connected, patience_s=0)
    answers = [_answered(impatient) for _ in range(9)]
    assert answers.count(True) == 5
    assert guard.status(access_of(connected).account).counters["http_429"] == 0


def _answered(client: CalcomClient) -> bool:
    try:
        client.me(fresh=True)
    except CalcomRateLimited:
        return False
    return True


def test_a_company_without_a_usable_connection_gets_no_client(connected: Company):
    connected.calcom_api_key = ""
    with pytest.raises(CalcomAuthFailed, match="no usable API key"):
        CalcomClient(connected)
    connected.calcom_base_url = "http://cal.example.com"
    with pytest.raises(CalcomMisconfigured):
        CalcomClient(connected)


def test_a_server_without_teams_says_not_found(client: CalcomClient):
    with pytest.raises(CalcomError):
        client.team_event_types(999_999)
