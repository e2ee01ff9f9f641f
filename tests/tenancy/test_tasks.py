"""Each background task, run for one company or with the ids of another: it keeps to its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from celery import current_app

from appointments import tasks as pushing
from appointments.booking import Actor, book
from appointments.models import Appointment, Push, Service
from appointments.models.history import Side
from appointments.push import push
from calcom import tasks as syncing
from calcom.models import EventType
from calcom.sandbox.sample import OTHER_KEY, OWNER_KEY
from tests.appointments.conftest import ADA, NINE
from tests.backends.memory import MemoryBackend
from tests.calcom.remote import Remote
from tests.deliveries.bodies import created, encode, sign
from tests.deliveries.cast import CUT, Booking
from tests.factories import CompanyFactory
from tests.tenancy.conftest import all_of
from webhooks import tasks as delivering
from webhooks.models import WebhookEvent

APPS = ("appointments.", "calcom.", "webhooks.")
OF_ONE_COMPANY: dict[str, Callable[[int, str], Any]] = {
    "calcom.tasks.sync_company": lambda company_id, _uid: syncing.sync_company(company_id),
    "calcom.tasks.reconcile_company": lambda company_id, _uid: syncing.reconcile_company(company_id),
    "calcom.tasks.sweep_company": lambda company_id, _uid: syncing.sweep_company(company_id),
    "calcom.tasks.read_again": syncing.read_again,
    "appointments.tasks.show_again": lambda company_id, uid: pushing.show_again(company_id, uid, 1),
}
OF_ALL_COMPANIES = {
    "calcom.tasks.sync_all": (syncing.sync_all, syncing.sync_company),
    "calcom.tasks.reconcile_all": (syncing.reconcile_all, syncing.reconcile_company),
    "calcom.tasks.sweep_all": (syncing.sweep_all, syncing.sweep_company),
}
TRIED_BELOW = {"appointments.tasks.push", "appointments.tasks.push_due", "webhooks.tasks.drain"}
# It is told the id of a hold and nothing else: company, key and backend are that row's own.
OF_ONE_ROW = {"appointments.tasks.reserve"}
# It counts for each company by itself, and tells nobody: see tests/appointments/test_completeness.py.
COUNTS_ONLY = {"appointments.tasks.recount_wanted"}


@pytest.fixture
def remote(connected, cal):
    """The victim: connected to Olga's account, where somebody has booked."""
    return Remote(cal, connected)


@pytest.fixture
def taken_over(remote):
    """The booking, known here."""
    number = remote.offer("Cut")
    EventType.objects.create(company=remote.company, calcom_id=number, title="Cut", verified_by="a proof")
    booking = remote.book(number)
    assert syncing.read_again(remote.company.pk, booking["uid"])
    return booking


def test_every_task_is_tried():
    current_app.loader.import_default_modules()
    ours = {name for name in current_app.tasks if name.startswith(APPS)}
    assert ours == OF_ONE_COMPANY.keys() | OF_ALL_COMPANIES.keys() | TRIED_BELOW | OF_ONE_ROW | COUNTS_ONLY


@pytest.mark.parametrize("name", OF_ONE_COMPANY)
@pytest.mark.parametrize("key", [OWNER_KEY, OTHER_KEY])
def test_what_one_company_reads_changes_nothing_of_another(remote, taken_over, name, key):
    before = all_of(remote.company)
    event_types = list(EventType.objects.filter(company=remote.company).values())
    elsewhere = CompanyFactory.create(calcom_api_key=key, calcom_base_url=remote.company.calcom_base_url)
    remote.row(taken_over).title = "Read by a stranger"
    OF_ONE_COMPANY[name](elsewhere.pk, taken_over["uid"])
    assert all_of(remote.company) == before
    assert list(EventType.objects.filter(company=remote.company).values()) == event_types


def test_what_another_company_has_not_mapped_does_not_become_its_appointment(remote, taken_over):
    elsewhere = CompanyFactory.create(calcom_api_key=OWNER_KEY, calcom_base_url=remote.company.calcom_base_url)
    assert syncing.read_again(elsewhere.pk, taken_over["uid"])
    assert not Appointment.objects.filter(company=elsewhere).exists()


@pytest.mark.parametrize("name", OF_ALL_COMPANIES)
def test_only_who_is_on_and_has_a_key_is_read(connected, name, monkeypatch):
    everybody, one = OF_ALL_COMPANIES[name]
    CompanyFactory.create()
    CompanyFactory.create(calcom_api_key="k", is_active=False)
    sent: list[int] = []
    monkeypatch.setattr(one, "apply_async", lambda args, **_options: sent.extend(args))
    assert everybody() == 1
    assert sent == [connected.pk]


@pytest.fixture
def two_pushes(order, elsewhere):
    """A booking here, and one of the stranger's, both still to be sent."""
    elsewhere.calcom_api_key = "a key of their own"
    elsewhere.save()
    service = Service.objects.create(company=elsewhere, name="Cut", duration_min=30)
    offers = MemoryBackend.servers[elsewhere.pk].offers
    offers[service.pk, None] = next(iter(MemoryBackend.servers[order().company_id].offers.values()))
    MemoryBackend.servers[elsewhere.pk].is_test_inside = True
    book(elsewhere, service=service, starts_at=NINE, attendees=[ADA], actor=Actor(side=Side.API))
    yield list(Push.objects.order_by("pk"))
    del MemoryBackend.servers[elsewhere.pk]


def test_a_push_goes_to_the_account_of_its_own_company(two_pushes, salon, elsewhere):
    ours, theirs = two_pushes
    before = all_of(salon)
    push(theirs.pk)
    assert all_of(salon) == before
    assert [len(MemoryBackend.servers[one.pk].bookings) for one in (salon, elsewhere)] == [0, 1]
    pushing.push(ours.pk)
    assert [len(MemoryBackend.servers[one.pk].bookings) for one in (salon, elsewhere)] == [1, 1]


def test_a_worker_sends_what_is_due_of_others_to_their_own_accounts(two_pushes, salon, elsewhere):
    pushing.push(two_pushes[0].pk)
    assert [len(MemoryBackend.servers[one.pk].bookings) for one in (salon, elsewhere)] == [1, 1]


def test_what_is_due_is_sent_each_to_its_own_account(two_pushes, monkeypatch):
    sent: list[int] = []
    monkeypatch.setattr(pushing.push, "apply_async", lambda args, **_options: sent.extend(args))
    assert pushing.push_due() == 2
    assert sorted(sent) == [one.pk for one in two_pushes]


def test_deliveries_of_two_companies_are_drained_apart(client, elsewhere):
    salon = CompanyFactory.create(webhook_secret="whsec-salon")
    for company in (salon, elsewhere):
        EventType.objects.create(company=company, calcom_id=CUT, title="Cut")
        raw = encode(created(Booking("cut1", 1), "09:00", title=f"For {company.pk}"))
        path = f"/api/webhooks/calcom/{company.webhook_token}"
        headers = {"X-Cal-Signature-256": sign(raw, company.webhook_secret)}
        assert client.generic("POST", path, raw, content_type="application/json", headers=headers).status_code == 200
    assert delivering.drain() == 2
    told = dict(Appointment.objects.values_list("company", "title"))
    assert told == {company.pk: f"For {company.pk}" for company in (salon, elsewhere)}
    assert set(WebhookEvent.objects.values_list("company", flat=True)) == {salon.pk, elsewhere.pk}
