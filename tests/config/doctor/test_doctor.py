"""`manage.py doctor`: each thing that can be wrong is named, with what to do; a sound installation is said to be so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as settings_of_django
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from appointments.models import Push
from calcom.models import SyncRun
from companies.models import Company
from config import celery
from config.doctor import connection as of_company
from config.doctor import machine, work
from config.doctor import settings as of_settings
from config.doctor.findings import Level, duration, found
from config.watch.rounds import BEAT_KEY
from tests.command_line import Ended, Shell
from tests.factories import CompanyFactory
from tests.portal.factories import AppointmentFactory, DeliveryFactory, HostMappingFactory
from webhooks.models import WebhookEvent


def lines(ended: Ended, subject: str) -> list[str]:
    """What is said of one thing."""
    return [line for line in ended.out.splitlines() if line.split()[1:2] == [subject]]


def late(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def levels(findings: Any) -> list[str]:
    return [finding.level.value for finding in findings]


@pytest.fixture
def read(connected: Company) -> Company:
    """A company whose bookings have just been read, and whose webhooks are as they should be."""
    SyncRun.objects.create(company=connected, kind="bookings", state="done", started_at=timezone.now())
    return connected


@pytest.fixture
def sound(read: Company, shell: Shell) -> Company:
    assert shell("register_webhooks", "--company", read.slug).status == 0
    return read


def test_a_sound_company_has_nothing_wrong(shell: Shell, sound):
    ended = shell("doctor", "--company", sound.slug, "--json")
    (one,) = json.loads(ended.out)["companies"]
    assert [(finding["subject"], finding["level"]) for finding in one["findings"]] == [
        (subject, "ok") for subject in ("key", "circuit", "webhooks", "reading", "people")
    ]


def test_each_line_has_level_subject_sentence_and_what_to_do(shell: Shell, read):
    ended = shell("doctor")
    (line,) = lines(ended, "webhooks")
    assert line.startswith("WRONG  webhooks    /webhooks: missing (there is none) → Run `manage.py register_webhooks")
    assert "\nSalon Nord\n" in ended.out


def test_what_is_wrong_is_status_1_and_counted(shell: Shell, company):
    ended = shell("doctor")
    assert (ended.status, " wrong, " in ended.err) == (1, True)
    assert lines(ended, "worker") == ["WRONG  worker      none answers → Start `worker` and `pusher` of the Procfile."]


def test_json_holds_all_of_it_for_programs(shell: Shell, company):
    told = json.loads(shell("doctor", "--json").out)
    assert not told["ok"]
    subjects = {finding["subject"] for finding in told["findings"]}
    assert subjects >= {"settings", "database", "migrations", "keys", "broker", "worker", "beat", "queues", "clock"}
    assert told["companies"][0]["name"] == "Salon Nord"


def test_offline_nobody_asks_cal_com(shell: Shell, read, cal):
    cal.close()
    ended = shell("doctor", "--offline")
    assert lines(ended, "key") == ["ok     key         there is one; Cal.com was not asked"]
    assert lines(ended, "webhooks") == []


def test_cal_com_that_is_away_is_a_finding_and_the_rest_is_still_looked_at(shell: Shell, read, cal):
    cal.close()
    ended = shell("doctor")
    assert "GET /me: no connection" in lines(ended, "key")[0]
    assert lines(ended, "people") == ["ok     people      nothing waits for a person"]


def test_a_key_that_cal_com_refuses_is_named_and_never_shown(shell: Shell, read):
    read.calcom_api_key = "cal_wrong_but_secret"
    read.save()
    ended = shell("doctor")
    assert lines(ended, "key")[0].startswith("WRONG  key")
    assert "cal_wrong" not in ended.out


def test_a_company_without_a_key_is_only_noted(shell: Shell, company):
    assert lines(shell("doctor"), "key")[0].startswith("note   key         there is none: nothing is sent")


def test_a_secret_that_no_key_opens_costs_only_its_company(shell: Shell, read, cal, settings):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE companies_company SET calcom_api_key = 'not ours' WHERE id = %s", [read.pk])
    CompanyFactory.create(name="Another", calcom_api_key="k", calcom_base_url=cal.url)
    ended = shell("doctor")
    assert f"companies.Company {read.pk} calcom_api_key" in lines(ended, "keys")[0]
    assert any("opens a stored value" in line for line in lines(ended, "key"))
    assert "\nAnother\n" in ended.out


def test_a_strangers_trouble_is_not_told_of_the_one_company_asked_for(shell: Shell, read, cal):
    other = CompanyFactory.create(name="Another", slug="another", calcom_api_key="k", calcom_base_url=cal.url)
    DeliveryFactory.create(company=other, state=WebhookEvent.State.FAILED)
    Push.objects.create(
        company=other,
        appointment=AppointmentFactory.create(company=other),
        operation="cancel",
        version=1,
        state="conflict",
    )
    ended = shell("doctor", "--company", read.slug)
    assert "Another" not in ended.out
    assert lines(ended, "people") == ["ok     people      nothing waits for a person"]


def test_what_waits_for_people_is_noted_with_the_command(read):
    row = AppointmentFactory.create(company=read)
    Push.objects.create(company=read, appointment=row, operation="move", version=1, state="needs_staff")
    DeliveryFactory.create(company=read, state=WebhookEvent.State.FAILED)
    HostMappingFactory.create(company=read, state="proposed")
    found_here = list(of_company.people(read))
    assert levels(found_here) == ["note"] * 3
    assert [
        todo for one in found_here for todo in ("retry_failed", "webhooks_replay", "map_entities") if todo in one.todo
    ]


@pytest.mark.parametrize(("ago_s", "level"), [(60, "ok"), (1300, "wrong")])
def test_bookings_that_were_not_read_for_long_are_wrong(company, ago_s, level):
    SyncRun.objects.create(company=company, kind="bookings", state="done", started_at=late(ago_s))
    SyncRun.objects.create(company=company, kind="bookings", state="failed", started_at=timezone.now())
    assert levels(of_company.reading(company)) == [level]


def test_a_company_that_was_never_read_is_noted(company):
    assert levels(of_company.reading(company)) == ["note"]


@pytest.mark.parametrize(("due_s", "level"), [(30, "ok"), (130, "wrong"), (-600, "ok")])
@pytest.mark.parametrize("is_known", [True, False])
def test_a_delivery_that_is_due_for_long_is_wrong(company, due_s, level, is_known):
    DeliveryFactory.create(company=company if is_known else None, state="pending", next_at=late(due_s))
    assert levels(work.deliveries()) == [level]


@pytest.mark.parametrize(("due_s", "level"), [(30, "ok"), (130, "wrong"), (-600, "ok")])
def test_a_change_that_is_due_for_long_is_wrong(company, due_s, level):
    row = AppointmentFactory.create(company=company)
    Push.objects.create(company=company, appointment=row, operation="move", version=1, next_at=late(due_s))
    assert levels(work.changes()) == [level]


@pytest.mark.parametrize(("age_s", "level"), [(1, "ok"), (50, "wrong"), (None, "wrong")])
def test_a_beat_that_is_silent_is_wrong(age_s, level):
    cache.delete(celery.HEARTBEAT_KEY)
    if age_s is not None:
        cache.set(celery.HEARTBEAT_KEY, timezone.now().timestamp() - age_s)
    assert levels(work.beat()) == [level]


def test_that_nobody_watches_is_wrong():
    cache.delete(BEAT_KEY)
    assert levels(work.watcher()) == ["wrong"]
    cache.set(BEAT_KEY, time.time())
    assert levels(work.watcher()) == ["ok"]


@pytest.mark.parametrize(
    ("queues", "text"),
    [
        ({}, "none answers"),
        ({"worker": ["celery", "deliveries"]}, "nobody takes from pushes"),
        ({"worker": ["celery", "deliveries"], "pusher": ["pushes"]}, "2 answer: pusher, worker"),
    ],
)
def test_each_queue_needs_somebody_who_takes_from_it(queues, text):
    answers = {name: [{"name": queue} for queue in served] for name, served in queues.items()}
    assert [finding.text for finding in work.judged_workers(answers)] == [text]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"redis_version": "7.2.4"}, ["ok"]),
        ({"redis_version": "7.2.4", "server_name": "valkey", "valkey_version": "8.1.0"}, ["ok"]),
        ({"redis_version": "6.2.1"}, ["wrong"]),
        ({"redis_version": "7.2.4", "maxmemory": 10, "maxmemory_policy": "allkeys-lru"}, ["ok", "note"]),
    ],
)
def test_the_broker_is_new_enough_and_forgets_nothing(facts, expected):
    assert levels(machine.judged_broker(facts)) == expected


def test_clocks_that_differ_are_named():
    (finding,) = machine.judged_clocks({"database": 0.1, "broker": -90.0})
    assert (finding.level, finding.text) == (Level.WRONG, "the broker's clock is 90 s behind this machine's")
    assert levels(machine.judged_clocks({"database": 0.1, "broker": -2})) == ["ok"]


def test_migrations_that_are_not_applied_are_named(db):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'webhooks'")
    (finding,) = machine.migrations()
    assert (finding.level, "webhooks.0001_initial" in finding.text) == (Level.WRONG, True)
    assert "manage.py migrate" in finding.todo


def test_secrets_under_an_older_key_are_noted(connected, settings):
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_ENCRYPTION_KEYS]
    (finding,) = of_settings.keys_that_open()
    assert (finding.level, "rotate_keys" in finding.todo) == (Level.NOTE, True)


def test_settings_of_a_server_that_others_reach_are_looked_at(settings):
    settings.PUBLIC_BASE_URL = "http://slotkeeper.example.com"
    told = {finding.text: finding for finding in of_settings.settings_in_order()}
    assert told["PUBLIC_BASE_URL does not begin with https://"].level is Level.NOTE
    settings.FIELD_ENCRYPTION_KEYS = ["short"]
    assert "wrong" in levels(of_settings.settings_in_order())


def test_a_check_that_breaks_is_a_finding():
    def broken():
        raise KeyError("a secret")

    (finding,) = found("queues", broken)
    assert (finding.level, finding.text) == (Level.WRONG, "could not be looked at (KeyError)")


def test_without_its_database_it_says_so_and_ends():
    away = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    command = [sys.executable, str(settings_of_django.BASE_DIR / "manage.py"), "doctor"]
    ended = subprocess.run(command, env=os.environ | away, capture_output=True, text=True, check=False)
    last = ended.stdout.splitlines()[-1]
    assert last.startswith("WRONG  database    the database does not answer → Is PostgreSQL up")
    assert (ended.returncode, "Traceback" in ended.stderr) == (1, False)


@pytest.mark.parametrize(("seconds", "told"), [(40, "40 s"), (700, "12 min"), (20_000, "6 h"), (300_000, "3 days")])
def test_ages_are_told_as_people_do(seconds, told):
    assert duration(seconds) == told


def test_wrong_usage(shell: Shell, company):
    assert shell("doctor", "--company", "nobody").status == 2
    assert shell("doctor", "--company", company.slug, "--all").status == 2
