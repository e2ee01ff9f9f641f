"""One message when it begins, one when it is over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django_redis import get_redis_connection

from appointments.models import Appointment
from appointments.models.appointment import SyncStatus
from companies.alerts import Kind
from companies.models import AlertMessage, AlertSettings, Company, Incident
from config.watch import incidents, one_round, words
from config.watch.checks import CHECKS
from config.watch.receivers import quiet_until
from config.watch.rounds import is_watched, keep_watching
from tests.config.watch.conftest import NOON, OWNER, Round, another_watcher, kinds, states
from tests.factories import CompanyFactory
from tests.portal.factories import AppointmentFactory

BERLIN = ZoneInfo("Europe/Berlin")


def begin(company: Company) -> Appointment:
    return AppointmentFactory.create(company=company, sync_status=SyncStatus.CONFLICT)


def end() -> None:
    Appointment.objects.update(sync_status=SyncStatus.SYNCED)


def test_one_message_however_long_it_lasts_and_one_at_its_end(a_round: Round, company: Company) -> None:
    begin(company)
    for _ in range(5):
        a_round(60)
    end()
    a_round(400)
    a_round()
    assert [one.subject for one in mail.outbox] == [
        "[Slotkeeper] Salon Nord: changes need staff",
        "[Slotkeeper] Over: Salon Nord: changes need staff",
    ]
    assert "Over since: Wed 18 Nov 2026, 13:11" in mail.outbox[1].body
    assert "It is over. What was seen last:\n1 appointment waits for a decision." in mail.outbox[1].body


def test_what_goes_wrong_with_one_company_keeps_nothing_from_the_others(a_round: Round, company: Company) -> None:
    other = CompanyFactory.create(name="Broken")
    AlertSettings.objects.create(company=other, addresses=f"{'a' * 250}@example.com")  # none that can be stored
    for one in (other, company):
        begin(one)
    assert a_round().opened == 1
    assert [one.subject for one in mail.outbox] == ["[Slotkeeper] Salon Nord: changes need staff"]


def test_a_pause_does_not_end_it(a_round: Round, company: Company) -> None:
    for _ in range(4):
        row = begin(company)
        a_round(60)
        row.delete()
        a_round(60)
    assert kinds() == [("needs_staff", False)]
    assert len(mail.outbox) == 1


def test_it_may_happen_again(a_round: Round, company: Company) -> None:
    for _ in range(2):
        begin(company)
        a_round()
        end()
        a_round(400)
    assert kinds() == [("needs_staff", True), ("needs_staff", True)]
    assert len(mail.outbox) == 4


def test_what_is_not_yet_certain_passes_without_a_word(a_round: Round) -> None:
    a_round()
    a_round(100, is_alive=False)
    a_round(10)
    assert not Incident.objects.exists()
    assert not mail.outbox


def test_with_redis_away_nothing_opens_or_ends_but_the_worker_is_missed(a_round, settings, company: Company) -> None:
    begin(company)
    a_round()
    settings.CACHES = settings.CACHES | {
        name: one | {"LOCATION": "redis://127.0.0.1:1/0"} for name, one in settings.CACHES.items()
    }
    results = [a_round(30, is_alive=False) for _ in range(3)]
    assert [one.not_known for one in results] == [2, 2, 2]
    assert kinds() == [("needs_staff", False), ("worker_silent", False)]
    assert Incident.objects.get(kind="worker_silent").facts == {"redis": False}


def test_one_check_that_breaks_does_not_keep_the_others(a_round, monkeypatch, company: Company) -> None:
    begin(company)
    monkeypatch.setattr("config.watch.checks.CircuitState", None)
    company.calcom_api_key = "cal_live_abcdef"
    company.save()
    assert a_round().not_known == 1
    assert kinds() == [("needs_staff", False)]


@pytest.mark.django_db(transaction=True)
def test_a_look_that_takes_too_long_does_not_keep_the_others(monkeypatch, company: Company) -> None:
    begin(company)
    monkeypatch.setattr("config.watch.checks._LATE", "SELECT NULL, now() FROM pg_sleep(30)")
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 500")
        result = one_round()
        cursor.execute("RESET statement_timeout")
    assert result is not None
    assert (result.not_known, kinds()) == (1, [("needs_staff", False)])


@pytest.mark.django_db(transaction=True)
def test_who_clicks_twice_sends_one_test(company: Company) -> None:
    def click(_number: int) -> bool:
        try:
            return incidents.test(company, now=NOON) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(click, range(8))) == 1


def test_what_is_not_urgent_waits_for_the_end_of_the_quiet_hours(a_round: Round, company: Company) -> None:
    AlertSettings.objects.create(company=company, quiet_from=time(12), quiet_until=time(14))
    begin(company)
    a_round()
    assert not mail.outbox
    assert states() == [("begin", "waiting")]
    a_round(3600)
    assert len(mail.outbox) == 1


def test_what_is_over_by_then_is_told_in_one_message(a_round: Round, company: Company) -> None:
    AlertSettings.objects.create(company=company, quiet_from=time(12), quiet_until=time(14))
    begin(company)
    a_round()
    end()
    a_round(400)
    a_round(3600)
    assert [one.subject for one in mail.outbox] == ["[Slotkeeper] Over: Salon Nord: changes need staff"]
    assert states() == [("begin", "dropped"), ("end", "sent")]


@pytest.mark.parametrize("change", [{"quiet_from": None, "quiet_until": None}, {"quiet_until": time(12, 30)}])
def test_quiet_hours_that_were_cut_meanwhile_hold_nothing_back(a_round: Round, company: Company, change) -> None:
    AlertSettings.objects.create(company=company, quiet_from=time(12), quiet_until=time(22))
    begin(company)
    a_round()
    AlertSettings.objects.update(**change)
    a_round()
    assert len(mail.outbox) == 1


def test_quiet_hours_that_were_drawn_out_meanwhile_are_kept(a_round: Round, company: Company) -> None:
    AlertSettings.objects.create(company=company, quiet_from=time(12), quiet_until=time(14))
    begin(company)
    a_round()
    AlertSettings.objects.update(quiet_until=time(15))
    a_round(3600)
    assert not mail.outbox
    AlertSettings.objects.update(quiet_until=time(16))  # 16:00 in Berlin: three hours after NOON
    a_round(3600)
    assert not mail.outbox
    assert AlertMessage.objects.get().next_at == NOON + timedelta(hours=3)
    a_round(3600)
    assert len(mail.outbox) == 1


def test_quiet_hours_follow_the_companys_clocks_when_these_are_changed(a_round: Round, company: Company) -> None:
    AlertSettings.objects.create(company=company, quiet_from=time(12), quiet_until=time(14))
    begin(company)
    a_round()
    Company.objects.filter(pk=company.pk).update(time_zone="Asia/Tokyo")
    a_round()
    assert len(mail.outbox) == 1


def test_what_could_not_be_sent_before_the_quiet_hours_is_not_tried_within(a_round, company: Company, settings) -> None:
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "nobody.has.it"
    AlertSettings.objects.create(company=company, quiet_from=time(13, 1), quiet_until=time(14))
    begin(company)
    assert a_round().failed == 1
    settings.EMAIL_BACKEND = backend
    a_round(60)
    assert not mail.outbox
    a_round(3600)
    assert len(mail.outbox) == 1


def test_a_message_that_cannot_be_written_keeps_no_other_back(a_round: Round, company: Company) -> None:
    incidents.test(company, now=NOON)
    Incident.objects.update(kind="of the next version")
    begin(company)
    assert a_round().sent == 1
    broken = AlertMessage.objects.get(occasion="test")
    assert (broken.state, broken.error) == ("waiting", "it could not be written (ValueError)")


@pytest.mark.parametrize(
    ("hours", "begins", "ends", "expected"),
    [
        (0, 22, 7, None),  # 13:00 in Berlin
        (10, 22, 7, 18),
        (17, 22, 7, 18),
        (18, 22, 7, None),
        (0, 13, 14, 1),
    ],
)
def test_quiet_hours_go_by_the_companys_clocks(hours: int, begins: int, ends: int, expected: int | None) -> None:
    over = quiet_until(NOON + timedelta(hours=hours), time(begins), time(ends), BERLIN)
    assert over == (None if expected is None else NOON + timedelta(hours=expected))


def test_what_is_switched_off_is_noted_but_told_nobody(a_round: Round, company: Company) -> None:
    AlertSettings.objects.create(company=company, switched_off=[Kind.NEEDS_STAFF])
    begin(company)
    a_round()
    assert kinds() == [("needs_staff", False)]
    assert not mail.outbox


def test_the_addresses_entered_count_and_the_owners_then_hear_nothing(a_round: Round, company: Company) -> None:
    AlertSettings.objects.create(company=company, addresses="ops@example.com\n\nNight@example.com", language="de")
    begin(company)
    a_round()
    assert sorted(one.to for one in mail.outbox) == [["Night@example.com"], ["ops@example.com"]]


def test_a_test_is_told_at_once_and_once_a_minute(a_round, clock: time_machine.Traveller, company: Company) -> None:
    assert incidents.test(company, now=NOON) is not None
    assert incidents.test(company, now=NOON + timedelta(seconds=30)) is None
    a_round()
    assert [(one.subject, one.to) for one in mail.outbox] == [("[Slotkeeper] Salon Nord: test", [OWNER])]


def test_a_test_is_not_held_back_by_quiet_hours_even_if_the_watchers_clock_is_behind(a_round, company: Company) -> None:
    AlertSettings.objects.create(company=company, quiet_from=time(12), quiet_until=time(14))
    incidents.test(company, now=NOON + timedelta(seconds=1))
    a_round(0)
    assert a_round().sent == 1


def test_no_message_names_what_is_nobodys_business(a_round: Round, company: Company) -> None:
    row = begin(company)
    a_round()
    told = f"{mail.outbox[0].subject} {mail.outbox[0].body}"
    assert not any(word in told for word in (str(row.customer), str(row.staff), row.calcom_booking_uid))


def test_every_kind_has_words(a_round: Round) -> None:
    assert {check.kind for check in CHECKS} | {Kind.TEST} == set(Kind)
    for kind in Kind:
        incident = Incident(kind=kind)
        assert words.to_do(incident)
        assert words.link(incident).startswith("http")


@pytest.mark.django_db(transaction=True)
def test_the_second_of_two_does_nothing(company: Company) -> None:
    with another_watcher():
        assert one_round() is None
    assert one_round() is not None


@pytest.mark.django_db(transaction=True)
def test_it_goes_on_after_the_database_was_away(company: Company) -> None:
    begin(company)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    rounds: list[float] = []

    def pause(seconds: float) -> bool:
        if not rounds:
            Incident.objects.all().delete()
            other = connection.copy()
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
            other.close()
        rounds.append(seconds)
        return len(rounds) == 3

    keep_watching(pause, every_s=1)
    assert kinds() == [("needs_staff", False)]


def test_whoever_asks_knows_whether_somebody_watches(a_round: Round, clock: time_machine.Traveller) -> None:
    assert not is_watched()
    a_round()
    assert is_watched()
    clock.shift(timedelta(seconds=200))
    assert not is_watched()
    assert get_redis_connection("default").ping()
