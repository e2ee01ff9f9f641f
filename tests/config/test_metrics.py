"""`/metrics`: who may read it, and what it says."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db.models import F
from django.test import Client
from django.utils import timezone
from django_redis import get_redis_connection

from appointments.models.appointment import SyncStatus
from calcom import guard
from calcom.account import access_of
from calcom.guard import Lane, Outcome
from companies.models import Company
from config.celery import HEARTBEAT_KEY, heartbeat
from config.settings import BASE_DIR
from tests.config.scrape import HERE, samples, scrape
from tests.factories import CompanyFactory
from tests.portal.desk import appointment, pushed
from tests.portal.factories import AppointmentFactory, DeliveryFactory
from webhooks import inbox
from webhooks.models import WebhookEvent

KEY = "cal_live_0123456789abcdef"


ASK = """
import django; django.setup()
from django.test import Client
print(Client().get("/metrics", REMOTE_ADDR="127.0.0.1", SERVER_NAME="127.0.0.1").text)
"""


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    get_redis_connection("default").flushdb()


def test_this_machine_may_read(client: Client):
    told = scrape(client)
    assert (told["slotkeeper_database_up"], told["slotkeeper_redis_up"]) == (1, 1)


@pytest.mark.parametrize("name", ["localhost", "[::1]", "127.0.0.1"])
def test_by_any_of_its_own_names(client: Client, settings, name: str):
    settings.ALLOWED_HOSTS = ["*"]
    assert client.get("/metrics", **HERE, headers={"Host": f"{name}:8000"}).status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="::1", headers={"Host": name}).status_code == 200


@pytest.mark.parametrize(
    "asking",
    [
        {"REMOTE_ADDR": "203.0.113.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
        {"SERVER_NAME": "testserver"},
        {"HTTP_AUTHORIZATION": "Bearer wrong", "REMOTE_ADDR": "203.0.113.7"},
        {"HTTP_AUTHORIZATION": "Bearer ", "REMOTE_ADDR": "203.0.113.7"},
    ],
    ids=str,
)
def test_others_may_not(client: Client, asking: dict[str, str]):
    answer = client.get("/metrics", **(HERE | asking))
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="metrics"')
    assert "slotkeeper" not in answer.text


def test_a_proxys_client_with_the_token_may_read(client: Client, settings):
    settings.METRICS_TOKEN = "tock-ün"
    away: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.7", "HTTP_X_FORWARDED_FOR": "203.0.113.8"}
    as_wsgi_has_it = "tock-ün".encode().decode("latin-1")
    assert client.get("/metrics", **away, HTTP_AUTHORIZATION=f"Bearer {as_wsgi_has_it}").status_code == 200
    assert client.get("/metrics", **away, HTTP_AUTHORIZATION=f"Basic {as_wsgi_has_it}").status_code == 401
    assert client.get("/metrics", **away).status_code == 401


def test_where_a_token_is_set_this_machine_needs_it_too(client: Client, settings):
    assert client.get("/metrics", **HERE).status_code == 200
    settings.METRICS_TOKEN = "let-prometheus-in"
    assert client.get("/metrics", **HERE).status_code == 401


def test_only_reading_is_allowed(client: Client):
    assert client.post("/metrics", **HERE).status_code == 405


def test_openmetrics_for_those_who_ask_for_it(client: Client):
    answer = client.get("/metrics", **HERE, HTTP_ACCEPT="application/openmetrics-text; version=1.0.0")
    assert answer["Content-Type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_the_oldest_delivery_counts_as_long_as_it_is_not_processed(client: Client, company: Company):
    assert scrape(client)["slotkeeper_webhooks_oldest_unprocessed_seconds"] == 0
    old = timezone.now() - timedelta(minutes=7)
    DeliveryFactory.create(company=company, received_at=old, next_at=old, state="pending")
    DeliveryFactory.create(company=company, received_at=old - timedelta(hours=1), state="waiting")
    DeliveryFactory.create(company=company, received_at=old - timedelta(hours=2), state="done")
    told = scrape(client)
    assert told["slotkeeper_webhooks_oldest_unprocessed_seconds"] == pytest.approx(420, abs=30)
    assert told["slotkeeper_webhooks_unprocessed"] == 1


def test_an_old_delivery_that_is_processed_again_counts_from_then(client: Client, company: Company):
    old = timezone.now() - timedelta(days=9)
    DeliveryFactory.create(company=company, received_at=old, next_at=old, state="done", body=b"{}")
    inbox.replay(WebhookEvent.objects.all())
    told = scrape(client)
    assert told["slotkeeper_webhooks_unprocessed"] == 1
    assert told["slotkeeper_webhooks_oldest_unprocessed_seconds"] < 60
    WebhookEvent.objects.update(next_at=F("next_at") - timedelta(minutes=7))
    assert scrape(client)["slotkeeper_webhooks_oldest_unprocessed_seconds"] == pytest.approx(420, abs=30)


@pytest.mark.parametrize("failures", [1, 2, 4])
def test_a_delivery_that_fails_again_counts_from_its_first_try(client: Client, company: Company, failures: int):
    DeliveryFactory.create(company=company, received_at=timezone.now() - timedelta(days=9), body=b"{}")
    inbox.replay(WebhookEvent.objects.all())
    for _ in range(failures):
        [event] = WebhookEvent.objects.all()
        inbox.finish([inbox.Verdict(event=event, state="pending", has_failed=True)])
    WebhookEvent.objects.update(next_at=timezone.now())  # its waits are over
    waits_s = 30 * (2**failures - 1)
    assert scrape(client)["slotkeeper_webhooks_oldest_unprocessed_seconds"] == pytest.approx(waits_s, abs=20)


def test_the_oldest_change_that_cal_com_has_not_been_told(client: Client, company: Company):
    now = timezone.now()
    for state, hours in (("pending", 1), ("unclear", 2), ("needs_staff", 5)):
        pushed(appointment(company), state, created_at=now - timedelta(hours=hours))
    pushed(appointment(company), "pending", created_at=now - timedelta(days=9), trouble="not_connected")
    pushed(appointment(company), "done", created_at=now - timedelta(days=9), finished_at=now)
    told = scrape(client)
    assert told["slotkeeper_pushes_oldest_unsent_seconds"] == pytest.approx(7200, abs=30)
    assert told["slotkeeper_pushes_oldest_seconds{state=needs_staff}"] == pytest.approx(18_000, abs=30)
    assert told["slotkeeper_pushes_open{state=pending}"] == 1


def test_changes_of_a_company_that_is_switched_off_do_not_count(client: Client, company: Company):
    pushed(appointment(company), "pending", created_at=timezone.now() - timedelta(days=9))
    company.is_active = False
    company.save()
    told = scrape(client)
    assert told["slotkeeper_pushes_oldest_unsent_seconds"] == 0
    assert told["slotkeeper_pushes_oldest_seconds{state=pending}"] == 0
    assert told["slotkeeper_pushes_open{state=pending}"] == 0


def test_orphans_are_counted(client: Client, company: Company):
    AppointmentFactory.create_batch(2, company=company, sync_status=SyncStatus.ORPHANED)
    AppointmentFactory.create(company=company, sync_status=SyncStatus.CONFLICT)
    assert scrape(client)["slotkeeper_appointments_orphaned"] == 2


def test_orphans_of_a_company_that_is_switched_off_do_not_count(client: Client, company: Company):
    AppointmentFactory.create(company__is_active=False, sync_status=SyncStatus.ORPHANED)
    AppointmentFactory.create(company=company, sync_status=SyncStatus.ORPHANED)
    assert scrape(client)["slotkeeper_appointments_orphaned"] == 1


def test_beat_that_never_came_is_infinitely_old(client: Client):
    cache.delete(HEARTBEAT_KEY)
    assert scrape(client)["slotkeeper_beat_age_seconds"] == math.inf
    heartbeat()
    assert scrape(client)["slotkeeper_beat_age_seconds"] < 30


def test_messages_that_wait_are_counted_by_queue(client: Client):
    get_redis_connection("default").rpush("pushes", "a", "b")
    told = scrape(client)
    assert told["slotkeeper_queue_messages{queue=pushes}"] == 2
    assert told["slotkeeper_queue_messages{queue=deliveries}"] == 0


def test_an_open_circuit_and_the_smallest_budget_are_told_without_whose_they_are(client: Client):
    for number in range(3):
        CompanyFactory.create(calcom_api_key=f"{KEY}{number}", requests_per_minute=10)
    victim, busy, _idle = (access_of(one).account for one in Company.objects.order_by("pk"))
    for _ in range(5):
        guard.record(guard.admit(victim, lane=Lane.INTERACTIVE), Outcome.FAILURE)
    for _ in range(8):
        guard.record(guard.admit(busy, lane=Lane.INTERACTIVE), Outcome.SUCCESS)
    told = scrape(client)
    assert [told[f"slotkeeper_calcom_circuits{{state={one}}}"] for one in ("open", "half_open", "closed")] == [1, 0, 2]
    assert told["slotkeeper_calcom_budget_left_ratio"] == pytest.approx(0.2, abs=0.1)
    assert 50 < told["slotkeeper_calcom_held_seconds"] <= 60


def test_where_the_breaker_is_switched_off_no_circuit_is_open(client: Client, company: Company, settings):
    company.calcom_api_key = KEY
    company.save()
    for _ in range(5):
        guard.record(guard.admit(access_of(company).account, lane=Lane.INTERACTIVE), Outcome.FAILURE)
    settings.CALCOM_V2_CIRCUIT_BREAKER_ENABLED = False
    told = scrape(client)
    assert (told["slotkeeper_calcom_circuits{state=open}"], told["slotkeeper_calcom_circuits{state=closed}"]) == (0, 1)
    assert told["slotkeeper_calcom_held_seconds"] == 0


def test_two_companies_with_one_key_are_one_account(client: Client):
    CompanyFactory.create_batch(2, calcom_api_key=KEY)
    told = scrape(client)
    assert told["slotkeeper_calcom_circuits{state=closed}"] == 1
    assert told["slotkeeper_companies_with_key{usable=yes}"] == 2


def test_a_changed_key_counts_at_once(client: Client, company: Company):
    company.calcom_api_key = "of no use"
    company.save()
    assert scrape(client)["slotkeeper_companies_with_key{usable=no}"] == 1
    company.calcom_api_key = KEY
    company.save()
    assert scrape(client)["slotkeeper_companies_with_key{usable=no}"] == 0


def test_nothing_says_which_company_it_is(client: Client, company: Company):
    company.calcom_api_key = KEY
    company.save()
    text = client.get("/metrics", **HERE).text
    assert company.slug not in text
    assert "company=" not in text
    assert KEY not in text


def test_a_state_that_cannot_be_read_is_no_error(client: Client, company: Company):
    company.calcom_api_key = KEY
    company.save()
    where = guard.rules.state_key(access_of(company).account)
    get_redis_connection("default").set(where, b"\xc1 what is this")
    assert scrape(client)["slotkeeper_calcom_circuits{state=closed}"] == 1
    assert get_redis_connection("default").exists(where)


def test_without_the_database_nobody_knows_of_any_circuit(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("config.metrics.present._PATIENCE_MS", "no number")
    told = scrape(client)
    assert (told["slotkeeper_database_up"], told["slotkeeper_redis_up"]) == (0, 1)
    assert not [name for name in told if name.startswith("slotkeeper_calcom_circuits")]
    assert "slotkeeper_calcom_budget_left_ratio" not in told


def test_with_both_servers_away_it_says_so_and_the_counters_stay():
    away = {
        "DATABASE_URL": "postgres://me:hush-hush@127.0.0.1:1/x",
        "REDIS_URL": "redis://:hush-hush@127.0.0.1:1/0",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "CRITICAL",
    }
    ran = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=BASE_DIR,
        env={**os.environ, **away},
        capture_output=True,
        text=True,
        check=True,
    )
    told = samples(ran.stdout)
    assert (told["slotkeeper_database_up"], told["slotkeeper_redis_up"]) == (0, 0)
    assert "slotkeeper_pushes_oldest_unsent_seconds" not in told
    assert "hush-hush" not in ran.stdout + ran.stderr
