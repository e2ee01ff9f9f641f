"""Drift over HTTP: what differs, for whom, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django_redis import get_redis_connection

from appointments.models import Appointment, Push
from appointments.models.appointment import SyncStatus
from calcom.models import CalcomSettings, Drift, EventType, EventTypeMapping
from calcom.sandbox.server import RunningSandbox
from companies.models import Company
from tests.calcom.sync.account import Account
from tests.conftest import LogIn
from tests.factories import MembershipFactory, UserFactory
from tests.portal.desk import NOON, TEN, in_conflict
from tests.portal.factories import (
    AppointmentFactory,
    AttendeeFactory,
    DriftFactory,
    EventTypeFactory,
    EventTypeMappingFactory,
    ServiceFactory,
)

DRIFT = "/api/calcom/drift"
POSTS = ("detect", "resolve", "auto-resolve")
AsRole = Callable[..., Client]

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_role(company: Company, log_in: LogIn) -> AsRole:
    return lambda role="owner": log_in(MembershipFactory.create(company=company, role=role).user)


@pytest.fixture
def stranger(log_in: LogIn) -> Client:
    return log_in(MembershipFactory.create().user)


def send(client: Client, address: str, **body: Any) -> Any:
    return client.post(f"{DRIFT}/{address}", body, content_type="application/json")


def drifted(company: Company, length_min: int = 60, calcom_id: int = 4711, **more: Any) -> Drift:
    """An event type that takes 60 minutes, and its service, that takes 45."""
    event_type = EventTypeFactory.create(company=company, calcom_id=calcom_id, length_min=length_min, **more)
    service = ServiceFactory.create(company=company, price=None)
    mapping = EventTypeMappingFactory.create(company=company, event_type=event_type, service=service)
    return DriftFactory.create(mapping=mapping)


def test_what_differs(as_role: AsRole, company: Company) -> None:
    row = drifted(company)
    told = as_role("auditor").get(DRIFT).json()
    (one,) = told["event_types"]
    assert (one["id"], one["company"], one["event_type"]["id"]) == (row.pk, "salon-nord", 4711)
    assert one["differences"] == {"length_min": {"ours": 45, "theirs": 60}}
    assert (told["event_types_count"], told["bookings"]) == (1, [])


def test_bookings_that_both_sides_have_changed(as_role: AsRole, company: Company) -> None:
    row = in_conflict(company)
    (one,) = as_role().get(DRIFT).json()["bookings"]
    assert (one["appointment"], one["state"]) == (str(row.uuid), "conflict")
    assert one["ours"]["starts_at"].startswith("2026-12-08T10:00")
    assert one["theirs"]["starts_at"].startswith("2026-12-08T12:00")


@pytest.mark.parametrize(("state", "count"), [("open", 1), ("ignored", 0), ("current", 1)])
def test_by_state(as_role: AsRole, company: Company, state: str, count: int) -> None:
    drifted(company)
    assert as_role().get(f"{DRIFT}?state={state}").json()["event_types_count"] == count


@pytest.mark.parametrize("query", ["state=all", "limit=x", "offset=-1", "limit=9999999999", "limit=²"])
def test_a_question_that_makes_no_sense(as_role: AsRole, query: str) -> None:
    answer = as_role().get(f"{DRIFT}?{query}")
    assert (answer.status_code, answer["Content-Type"], answer.json()["type"]) == (
        400,
        "application/problem+json",
        "bad-request",
    )


def test_strangers_see_and_change_nothing(stranger: Client, company: Company) -> None:
    row, disputed = drifted(company), in_conflict(company)
    told = stranger.get(DRIFT).json()
    assert (told["event_types"], told["bookings"]) == ([], [])
    assert stranger.get(f"{DRIFT}?company=salon-nord").status_code == 404
    for address in POSTS:
        assert send(stranger, address, company="salon-nord", drift=row.pk, resolution="accept").status_code == 404
    assert send(stranger, "resolve", drift=row.pk, resolution="accept").status_code == 404
    assert send(stranger, "resolve", appointment=str(disputed.uuid), resolution="accept").status_code == 404
    row.refresh_from_db()
    assert (row.state, Appointment.objects.get().sync_status) == (Drift.State.OPEN, SyncStatus.CONFLICT)


@pytest.mark.parametrize("address", POSTS)
@pytest.mark.parametrize("role", ["auditor", "staff"])
def test_auditors_and_staff_change_nothing(as_role: AsRole, company: Company, role: str, address: str) -> None:
    row, client = drifted(company), as_role(role)
    assert send(client, address, drift=row.pk, resolution="ignore").status_code == 403
    uuid = str(in_conflict(company).uuid)
    assert send(client, "resolve", appointment=uuid, resolution="accept").status_code == 403
    row.refresh_from_db()
    assert row.state == Drift.State.OPEN


def test_staff_do_not_read_it(as_role: AsRole) -> None:
    assert as_role("staff").get(DRIFT).status_code == 403


def test_nothing_without_a_login(client: Client, company: Company) -> None:
    for answer in (client.get(DRIFT), *(send(client, address) for address in POSTS)):
        assert (answer.status_code, answer.json()["type"]) == (401, "not-logged-in")


def test_nothing_without_a_company(log_in: LogIn) -> None:
    assert log_in(UserFactory.create()).get(DRIFT).status_code == 403


@pytest.mark.parametrize("address", POSTS)
def test_other_sites_cannot_post(company: Company, address: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(MembershipFactory.create(company=company).user, backend="companies.roles.RoleBackend")
    row = drifted(company)
    answer = send(client, address, drift=row.pk, resolution="ignore")
    assert (answer.status_code, answer.json()["type"]) == (403, "csrf")
    row.refresh_from_db()
    assert row.state == Drift.State.OPEN


def test_with_the_token_our_own_site_can(company: Company) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(MembershipFactory.create(company=company).user, backend="companies.roles.RoleBackend")
    client.get("/admin/password_change/")
    token = client.cookies["csrftoken"].value
    row = drifted(company)
    body = {"drift": row.pk, "resolution": "ignore"}
    answer = client.post(f"{DRIFT}/resolve", body, content_type="application/json", headers={"X-CSRFToken": token})
    assert (answer.status_code, answer.json()["state"]) == (200, "ignored")


@pytest.mark.parametrize("address", POSTS)
def test_other_methods_are_refused(as_role: AsRole, address: str) -> None:
    answer = as_role().get(f"{DRIFT}/{address}")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object(as_role: AsRole, body: bytes) -> None:
    answer = as_role().post(f"{DRIFT}/resolve", body, content_type="application/json")
    assert (answer.status_code, answer.json()["type"]) == (400, "bad-request")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"resolution": "mend"},
        {"resolution": ["accept"]},
        {"resolution": "accept", "drift": "1"},
        {"resolution": "accept", "drift": True},
        {"resolution": "accept", "drift": 2**70},
        {"resolution": "accept", "appointment": "x"},
        {"resolution": "accept", "drift": 1, "company": 5},
    ],
)
def test_half_a_resolution_is_none(as_role: AsRole, body: dict[str, Any]) -> None:
    assert send(as_role(), "resolve", **body).status_code == 400


def test_theirs_is_accepted(as_role: AsRole, company: Company) -> None:
    row = drifted(company)
    told = send(as_role("manager"), "resolve", drift=row.pk, resolution="accept").json()
    assert told["state"] == "accepted"
    assert EventTypeMapping.objects.get().service.duration_min == 60
    assert send(as_role(), "resolve", drift=row.pk, resolution="accept").status_code == 409


@pytest.mark.parametrize(("resolution", "starts_at"), [("accept", NOON), ("reset", TEN)])
def test_a_booking_is_decided(as_role: AsRole, company: Company, resolution: str, starts_at: Any) -> None:
    row = in_conflict(company)
    assert send(as_role(), "resolve", appointment=str(row.uuid), resolution=resolution).status_code == 200
    row.refresh_from_db()
    assert row.starts_at == starts_at
    assert row.sync_status != SyncStatus.CONFLICT


def test_a_booking_that_changed_meanwhile_is_not_decided(as_role: AsRole, company: Company) -> None:
    row = in_conflict(company)
    version = row.version - 1
    answer = send(as_role(), "resolve", appointment=str(row.uuid), resolution="reset", version=version)
    assert answer.status_code == 409
    assert "Somebody has changed this appointment meanwhile." in answer.json()["detail"]


@pytest.mark.parametrize("version", ["3", 3.0, True, []])
def test_a_version_that_is_no_number_is_not_passed_over(as_role: AsRole, company: Company, version: Any) -> None:
    row = in_conflict(company)
    answer = send(as_role(), "resolve", appointment=str(row.uuid), resolution="reset", version=version)
    assert (answer.status_code, answer.json()["type"]) == (400, "bad-request")


def test_a_conflict_cannot_be_ignored(as_role: AsRole, company: Company) -> None:
    row = in_conflict(company)
    assert send(as_role(), "resolve", appointment=str(row.uuid), resolution="ignore").status_code == 409


def test_detecting_compares_at_once(as_role: AsRole, company: Company) -> None:
    drifted(company).delete()
    (told,) = send(as_role(), "detect").json()["companies"]
    assert told == {"company": "salon-nord", "open": 1, "asked": False}
    assert Drift.objects.get().differences == {"length_min": {"ours": 45, "theirs": 60}}


def test_whoever_asks_again_at_once_sends_the_worker_only_once(as_role: AsRole, connected: Company) -> None:
    queue = get_redis_connection("default")
    cache.clear()
    before, client = queue.llen("celery"), as_role()
    for _ in range(3):
        (told,) = send(client, "detect").json()["companies"]
        assert told["asked"]
    assert queue.llen("celery") - before == 2


class TestReset:
    """Ours goes to Cal.com."""

    @pytest.fixture
    def account(self, cal: RunningSandbox) -> Account:
        return Account(cal)

    def test_our_length_goes_there(self, as_role: AsRole, connected: Company, account: Account) -> None:
        account.offer("Cut", 60, id=4711, lengthInMinutesOptions=[60, 90], metadata={})
        row = drifted(connected, title="Cut", length_options=[60, 90])
        answer = send(as_role(), "resolve", drift=row.pk, resolution="reset")
        assert (answer.status_code, answer.json()["state"]) == (200, "reset")
        there = account.world.event_types[4711]
        assert (there.length_min, there.fields["lengthInMinutesOptions"]) == (45, [45, 60, 90])
        assert EventType.objects.get(pk=row.event_type_id).length_min == 45

    def test_what_is_ours_at_cal_com_is_another_accounts(
        self, as_role: AsRole, connected: Company, account: Account
    ) -> None:
        row = drifted(connected)
        answer = send(as_role(), "resolve", drift=row.pk, resolution="reset")
        assert (answer.status_code, answer.json()["type"]) == (409, "cannot-be-reset")
        assert "Change this one at Cal.com." in answer.json()["detail"]
        row.refresh_from_db()
        assert row.state == Drift.State.OPEN

    def test_a_price_can_only_be_changed_there(self, as_role: AsRole, connected: Company) -> None:
        row = drifted(connected, price=Decimal(99), currency="EUR")
        answer = send(as_role(), "resolve", drift=row.pk, resolution="reset")
        assert answer.status_code == 409
        assert "Cal.com lets nobody change the price from outside." in answer.json()["detail"]

    def test_without_a_key_nothing_is_reset(self, as_role: AsRole, company: Company) -> None:
        row = drifted(company)
        answer = send(as_role(), "resolve", drift=row.pk, resolution="reset")
        assert (answer.status_code, answer.json()["type"]) == (409, "cannot-be-reset")

    def test_by_policy_ours_goes_there(self, as_role: AsRole, connected: Company, account: Account) -> None:
        CalcomSettings.objects.create(company=connected, external_changes="reject")
        account.offer("Cut", 60, id=4711)
        drifted(connected, title="Cut")
        drifted(connected, calcom_id=99)
        (told,) = send(as_role(), "auto-resolve").json()["companies"]
        assert (told["resolved"], told["open"], len(told["not_possible"])) == (1, 1, 1)
        assert account.world.event_types[4711].length_min == 45


def test_by_policy_theirs_is_taken_over(as_role: AsRole, company: Company) -> None:
    CalcomSettings.objects.create(company=company, external_changes="accept")
    row = drifted(company)
    EventTypeMapping.objects.update(agreed={"length_min": 45})
    (told,) = send(as_role(), "auto-resolve").json()["companies"]
    assert (told["policy"], told["resolved"], told["open"]) == ("accept", 1, 0)
    assert EventTypeMapping.objects.get(event_type=row.event_type).service.duration_min == 60


def test_by_policy_it_is_left_to_people(as_role: AsRole, company: Company) -> None:
    drifted(company)
    (told,) = send(as_role(), "auto-resolve").json()["companies"]
    assert (told["policy"], told["resolved"], told["open"]) == ("warn", 0, 1)


@pytest.mark.parametrize(("resolution", "status"), [("reset", 200), ("accept", 409), ("ignore", 409)])
def test_what_is_lost_there_can_be_booked_again(
    as_role: AsRole, company: Company, resolution: str, status: int
) -> None:
    row = AppointmentFactory.create(company=company, sync_status=SyncStatus.ORPHANED)
    AttendeeFactory.create(appointment=row)
    answer = send(as_role(), "resolve", appointment=str(row.uuid), resolution=resolution)
    assert answer.status_code == status, answer.json()
    assert Push.objects.count() == (status == 200)
