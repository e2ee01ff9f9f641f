"""Draining: companies, batches, waiting, retrying, and the server-wide address."""

from __future__ import annotations

import threading

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments.models import Appointment, Service
from calcom.cache import cached as kept
from calcom.models import EventType, EventTypeMapping
from calcom.reach import proof
from calcom.signals import event_types_entered
from companies.models import Company
from tests.deliveries.bodies import cancelled, created, encode
from tests.deliveries.cast import CUT, Booking
from tests.deliveries.news import no_show, ping
from tests.factories import CompanyFactory
from webhooks import inbox
from webhooks.drain import drain_batch
from webhooks.models import WebhookEvent
from webhooks.tasks import drain_all

CUT1 = Booking("cut1", 1)
SERVER_WIDE = "/api/webhooks/calcom"


@pytest.fixture
def server_secret(settings) -> str:
    settings.CALCOM_WEBHOOK_SECRETS = ["server-wide"]
    return "server-wide"


def states() -> list[str]:
    return list(WebhookEvent.objects.order_by("id").values_list("state", flat=True))


def test_a_batch_costs_the_same_number_of_statements_whatever_its_size(deliver, salon):
    costs = []
    for turn, size in enumerate((5, 5, 50)):
        for number in range(size):
            deliver(created(Booking(f"{turn}-{number}", turn * 1000 + number), "09:00"))
        with CaptureQueriesContext(connection) as queries:
            assert drain_batch(salon.pk) == size
        costs.append(len(queries))
    assert costs[1] == costs[2] < costs[0] < 25  # the first batch also creates the customer


def test_absence_news_waits_for_its_booking_and_is_released_by_it(deliver):
    deliver(no_show(CUT1, "10:00", lena=True))
    drain_all()
    assert states() == ["waiting"]
    deliver(created(CUT1, "09:00"))
    drain_all()
    assert states() == ["done", "done"]
    assert Appointment.objects.get().status == "no_show"


def test_a_delivery_to_the_server_wide_address_finds_its_company_by_event_type(deliver, salon, server_secret):
    other = CompanyFactory.create()
    EventType.objects.create(company=other, calcom_id=CUT + 50, title="other")
    deliver(created(CUT1, "09:00"), path=SERVER_WIDE, secret=server_secret)
    drain_all()
    assert Appointment.objects.get().company == salon
    assert WebhookEvent.objects.get().company == salon


def test_without_an_event_type_it_finds_its_company_by_booking(deliver, salon, server_secret):
    deliver(created(CUT1, "09:00"))
    deliver(no_show(CUT1, "10:00", lena=True), path=SERVER_WIDE, secret=server_secret)
    drain_all()
    drain_all()
    assert Appointment.objects.get().status == "no_show"


def test_a_server_wide_delivery_that_fits_two_companies_fits_none(deliver, server_secret):
    EventType.objects.create(company=CompanyFactory.create(), calcom_id=CUT, title="the same number elsewhere")
    deliver(created(CUT1, "09:00"), path=SERVER_WIDE, secret=server_secret)
    drain_all()
    assert states() == ["failed"]
    assert not Appointment.objects.exists()


def test_a_server_wide_ping_needs_no_company(deliver, server_secret):
    deliver(ping("09:00"), path=SERVER_WIDE, secret=server_secret)
    drain_all()
    assert states() == ["done"]


def test_one_company_cannot_cancel_anothers_appointment(deliver, salon):
    deliver(created(CUT1, "09:00"))
    stranger = CompanyFactory.create(webhook_secret="theirs")
    EventType.objects.create(company=stranger, calcom_id=CUT, title="claims the same number")
    deliver(cancelled(CUT1, "10:00"), path=f"/api/webhooks/calcom/{stranger.webhook_token}", secret="theirs")
    drain_all()
    assert Appointment.objects.for_company(salon).get().status == "confirmed"


def test_metadata_never_selects_a_company(deliver, salon, server_secret):
    victim = CompanyFactory.create()
    body = created(CUT1, "09:00")
    body["payload"]["metadata"] = {"company": str(victim.pk), "slotkeeper_ref": "forged"}
    deliver(body, path=SERVER_WIDE, secret=server_secret)
    drain_all()
    assert not Appointment.objects.for_company(victim).exists()


def test_a_self_hosted_server_may_use_the_same_event_type_id(deliver):
    other = CompanyFactory.create(calcom_base_url="https://cal.example.com")
    EventType.objects.create(company=other, calcom_id=CUT + 1, title="on another server")
    deliver(created(Booking("x", 1, event_type=CUT + 1), "09:00"))
    drain_all()
    assert states() == ["waiting"]


def test_replay_processes_a_delivery_again(deliver, salon):
    EventType.objects.all().delete()
    deliver(created(CUT1, "09:00"))
    drain_all()
    EventType.objects.create(company=salon, calcom_id=CUT, title="now known")
    assert inbox.replay(WebhookEvent.objects.all()) == 1
    drain_all()
    assert states() == ["done"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_drain_one_company_at_once(deliver, salon):
    deliver(created(CUT1, "09:00"))
    processed: list[int] = []

    def second_worker() -> None:
        processed.append(drain_batch(salon.pk))
        connection.close()

    with inbox.claim(salon.pk) as events:
        assert len(events) == 1
        worker = threading.Thread(target=second_worker)
        worker.start()
        worker.join()
    assert processed == [0]


@pytest.mark.django_db(transaction=True)
def test_many_workers_apply_every_delivery_once(deliver):
    for number in range(120):
        deliver(created(Booking(f"cut{number}", number), "09:00"))

    def worker() -> None:
        drain_all()
        connection.close()

    workers = [threading.Thread(target=worker) for _ in range(4)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    drain_all()
    assert Appointment.objects.count() == 120
    assert set(states()) == {"done"}
    assert not Appointment.objects.exclude(version=1).exists()


def test_a_company_whose_secrets_nobody_can_read_stops_nobody(deliver, salon, settings):
    sick = CompanyFactory.create(webhook_secret="unreadable")
    inbox.store(sick.pk, sick.webhook_token, encode(created(CUT1, "08:00")))
    deliver(created(CUT1, "09:00"))
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    drain_all()
    assert Appointment.objects.for_company(salon).exists()


def test_a_company_whose_drain_breaks_stops_nobody(deliver, salon):
    broken = CompanyFactory.create()
    inbox.store(broken.pk, broken.webhook_token, encode(created(CUT1, "08:00")))
    deliver(created(CUT1, "09:00"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN RAISE EXCEPTION 'broken'; END $$;
                CREATE TRIGGER broken BEFORE UPDATE ON webhooks_webhookevent
                FOR EACH ROW WHEN (NEW.company_id = {broken.pk}) EXECUTE FUNCTION broken()"""
        )
    drain_all()
    assert Appointment.objects.get().company == salon


def test_what_waits_for_an_event_type_is_due_as_soon_as_it_is_entered(deliver, salon):
    EventType.objects.all().delete()
    deliver(created(CUT1, "09:00"))
    drain_all()
    assert states() == ["waiting"]
    EventType.objects.create(company=salon, calcom_id=CUT, title="entered")
    drain_all()
    assert states() == ["done"]


def test_a_rivals_claim_to_an_event_type_ends_when_the_company_enters_it(deliver, salon):
    EventType.objects.all().delete()
    EventType.objects.create(company=CompanyFactory.create(), calcom_id=CUT, title="claimed")
    deliver(created(CUT1, "09:00"))
    drain_all()
    assert states() == ["refused"]
    EventType.objects.create(company=salon, calcom_id=CUT, title="ours")
    drain_all()
    assert states() == ["done"]


def test_a_sender_whose_clock_is_years_ahead_does_not_win_for_ever(deliver):
    deliver(created(CUT1, "09:00") | {"createdAt": "2199-01-01T00:00:00Z"})
    drain_all()
    assert Appointment.objects.get().news["status"][2] < "2100"


def test_processing_again_fills_in_what_a_later_mapping_says(deliver, salon):
    deliver(created(CUT1, "09:00"))
    drain_all()
    service = Service.objects.create(company=salon, name="Cut", duration_min=30, price=45)
    EventTypeMapping.objects.create(company=salon, event_type=EventType.objects.get(), service=service)
    inbox.replay(WebhookEvent.objects.all())
    drain_all()
    row = Appointment.objects.get()
    assert (row.service_id, row.booked_service_name, str(row.booked_price)) == (service.pk, "Cut", "45.00")


def listed_to(company: Company, **account: str) -> None:
    """The company has this account, whose server has listed CUT to its key."""
    for name, value in account.items():
        setattr(company, name, value)
    company.save()
    EventType.objects.update_or_create(company=company, calcom_id=CUT, defaults={"verified_by": proof(company)})


def test_at_the_server_wide_address_a_proved_event_type_outweighs_an_entered_one(deliver, salon, server_secret):
    EventType.objects.create(company=CompanyFactory.create(), calcom_id=CUT, title="claimed")
    deliver(created(CUT1, "09:00"), secret=server_secret, path=SERVER_WIDE)
    drain_all()
    assert states() == ["failed"]
    listed_to(salon, calcom_api_key="cal_of_the_salon")
    inbox.replay(WebhookEvent.objects.all())
    drain_all()
    assert states() == ["done"]
    assert Appointment.objects.get().company == salon


@pytest.mark.parametrize("key", ["", "cal_of_the_salon"])
def test_what_another_server_lists_takes_no_delivery_from_the_server_wide_address(deliver, salon, server_secret, key):
    listed_to(salon, calcom_api_key=key)
    listed_to(CompanyFactory.create(), calcom_api_key="cal_x", calcom_base_url="https://evil.example/v2")
    deliver(created(CUT1, "09:00"), secret=server_secret, path=SERVER_WIDE)
    drain_all()
    assert states() == ["done"]
    assert Appointment.objects.get().company == salon


@pytest.mark.parametrize(
    "moved", [{"calcom_base_url": "https://api.cal.com/v2"}, {"calcom_api_key": "cal_of_another_account"}]
)
def test_a_proof_ends_with_the_account_that_gave_it(deliver, salon, server_secret, moved):
    rival = CompanyFactory.create()
    listed_to(rival, calcom_api_key="cal_x", calcom_base_url="https://evil.example/v2")
    Company.objects.filter(pk=rival.pk).update(**moved)
    listed_to(salon, calcom_api_key="cal_of_the_salon")
    deliver(created(CUT1, "09:00"), secret=server_secret, path=SERVER_WIDE)
    drain_all()
    assert Appointment.objects.get().company == salon


@pytest.mark.django_db(transaction=True)
def test_a_delivery_makes_the_kept_slots_of_its_event_type_wrong(deliver, salon):
    def slots() -> object:
        return kept(salon.pk, "slots", {"eventTypeId": CUT}, lambda: next(answers), may_be_stale=lambda _: False).value

    answers = iter(["free", "taken"])
    assert [slots(), slots()] == ["free", "free"]
    deliver(created(CUT1, "09:00"))
    drain_all()
    assert slots() == "taken"


def test_what_the_sync_finds_lets_waiting_deliveries_go_on(deliver, salon):
    EventType.objects.all().delete()
    deliver(created(CUT1, "09:00"))
    drain_all()
    EventType.objects.bulk_create([EventType(company=salon, calcom_id=CUT, title="found")])
    event_types_entered.send(sender=EventType, company_id=salon.pk, calcom_ids=[CUT])
    drain_all()
    assert states() == ["done"]
