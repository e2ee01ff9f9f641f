"""`manage.py sync_historical`: all that Cal.com has, month by month, and on where a run was interrupted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from appointments.models import Appointment
from calcom.models import EventType, HostMapping, SyncRun
from calcom.sandbox.sample import OTHER_KEY
from companies.locks import Purpose
from tests.calcom.remote import Json, Remote, monday
from tests.command_line import Shell
from tests.factories import CompanyFactory, StaffFactory
from tests.tenancy.conftest import all_of
from tests.turns import taken

HISTORY = SyncRun.Kind.HISTORY
BOOKINGS = ("sync_historical", "--company", "salon-nord", "--type", "bookings")


def days(first: int, last: int) -> tuple[str, ...]:
    """From so many days from now on, to so many."""
    today = timezone.localdate()
    return "--from", str(today + timedelta(days=first)), "--to", str(today + timedelta(days=last))


def long_ago(remote: Remote, booking: Json, weeks: int) -> Json:
    """It was so many weeks ago."""
    row = remote.row(booking)
    row.starts_at -= timedelta(weeks=weeks)
    row.ends_at -= timedelta(weeks=weeks)
    return booking


@pytest.fixture
def past(remote, cut):
    """One booking in each of six months, the first of them half a year ago."""
    return [long_ago(remote, remote.book(cut, monday(9 + number)), 4 + 4 * number) for number in range(6)]


def test_what_is_long_past_is_taken_over_once(shell: Shell, past):
    ended = shell("sync_historical", "--all", "--type", "bookings")
    assert (ended.status, ended.out.split(", ")[:2]) == (0, ["Salon Nord: bookings: 6 seen", "6 created"])
    assert Appointment.objects.count() == 6
    assert "6 seen, 0 created, 0 updated, 6 unchanged" in shell("sync_historical", "--all", "--type", "bookings").out


def test_small_pages_bring_all_of_it(shell: Shell, remote, cut):
    for hour in (9, 10, 11):
        remote.book(cut, monday(hour))
    assert "3 created" in shell(*BOOKINGS, "--batch", "1").out


def test_only_the_days_that_are_wanted(shell: Shell, past):
    assert "1 created" in shell(*BOOKINGS, *days(-32, 0)).out
    assert SyncRun.objects.get(kind=HISTORY).state == SyncRun.State.DONE


def test_a_booking_over_the_edge_of_a_window_is_seen_once(shell: Shell, remote, cut):
    start = remote.company.time_zone
    booking = remote.book(cut)
    row = remote.row(booking)
    midnight = timezone.localtime(timezone=start).replace(hour=0, minute=0, second=0, microsecond=0)
    row.starts_at = midnight - timedelta(days=100) + timedelta(days=31, minutes=-15)
    row.ends_at = row.starts_at + timedelta(minutes=30)
    assert "1 seen, 1 created" in shell(*BOOKINGS, *days(-100, 0)).out


def test_event_types_come_first_so_that_their_bookings_are_known(shell: Shell, remote):
    number = remote.offer("Cut")
    remote.book(number)
    ended = shell("sync_historical", "--all")
    assert ended.out.startswith("Salon Nord: event types: 1 created")
    assert "; bookings: 1 seen, 1 created" in ended.out
    assert Appointment.objects.get().calcom_event_type_id == number


def test_hosts_alone_leave_event_types_as_they_are(shell: Shell, remote):
    remote.offer("Cut")
    StaffFactory.create(company=remote.company, email="olga@example.test")
    ended = shell("sync_historical", "--all", "--type", "hosts")
    assert (ended.status, ended.out) == (0, "Salon Nord: hosts: 1 hosts confirmed, 0 hosts waiting\n")
    assert (EventType.objects.count(), HostMapping.objects.get().state) == (0, "confirmed")


def test_a_dry_run_tells_the_same_numbers_and_writes_nothing(shell: Shell, past, company):
    before = all_of(company)
    printed = shell(*BOOKINGS, "--dry-run").out
    assert "would be: bookings: 6 seen, 6 created" in printed
    assert (all_of(company), SyncRun.objects.count()) == (before, 0)
    assert printed.replace("would be: ", "") == shell(*BOOKINGS).out


@pytest.mark.parametrize("kind", ["all", "event-types", "hosts"])
def test_a_dry_run_of_the_rest_writes_nothing_either(shell: Shell, remote, kind):
    remote.offer("Cut")
    StaffFactory.create(company=remote.company, email="olga@example.test")
    assert "would be: " in shell("sync_historical", "--all", "--type", kind, "--dry-run").out
    assert (EventType.objects.count(), HostMapping.objects.count(), SyncRun.objects.count()) == (0, 0, 0)


def test_where_cal_com_goes_away_in_the_middle_a_second_run_finishes_the_rest(shell: Shell, remote, past):
    fourth = timezone.localdate() - timedelta(days=170 - 3 * 31)
    match = {"path": f"afterStart=({fourth}|{fourth - timedelta(days=1)})"}
    remote.fault("status", status=502, html=True, match=match)
    ended = shell(*BOOKINGS, *days(-170, 0))
    assert (ended.status, "incomplete: bookings: " in ended.out, "HTTP 502" in ended.out) == (1, True, True)
    done = Appointment.objects.count()
    assert 0 < done < 6
    remote.cal.sandbox.faults.replace([])
    ended = shell(*BOOKINGS, *days(-170, 0), "--json")
    assert (ended.status, ended.facts["bookings"]["created"]) == (0, 6 - done)
    assert ended.facts["bookings"]["seen"] == 6 - done  # the first months are not read again


def test_a_run_that_was_killed_is_gone_on_with(shell: Shell, remote, past):
    shell(*BOOKINGS, *days(-170, 0))
    run = SyncRun.objects.get(kind=HISTORY)
    half = timezone.now() - timedelta(days=60)
    run.state, run.finished_at, run.checkpoint["done_until"] = "running", None, half.isoformat()
    run.save()
    assert f"went on at {half:%Y-%m-%d}, " in shell(*BOOKINGS, *days(-170, 0)).out
    run.refresh_from_db()
    assert run.state == SyncRun.State.INTERRUPTED


@pytest.mark.parametrize("other", [(-400, 0), (-170, -120)])
def test_another_period_begins_at_its_own_beginning(shell: Shell, remote, past, other):
    shell(*BOOKINGS, *days(-170, 0))
    done_until = timezone.now() - timedelta(days=60)
    run = SyncRun.objects.get(kind=HISTORY)
    SyncRun.objects.update(state="failed", checkpoint=run.checkpoint | {"done_until": done_until.isoformat()})
    assert "went on" not in shell(*BOOKINGS, *days(*other)).out


def test_two_runs_at_once_do_not_meet(shell: Shell, remote, past, company):
    with taken(Purpose.HISTORY, company):
        ended = shell(*BOOKINGS)
    text = "Salon Nord: nothing was done: the history of this company is being read already\n"
    assert (ended.status, ended.out) == (1, text)
    assert not Appointment.objects.exists()


def test_where_nothing_is_answered_nothing_is_done(shell: Shell, remote, past):
    remote.cal.close()
    ended = shell("sync_historical", "--all")
    assert (ended.status, "event types: nothing was listed; they stay as they were" in ended.out) == (1, True)
    assert not SyncRun.objects.filter(kind=HISTORY).exists()


def test_a_company_without_a_key_says_so_in_one_sentence(shell: Shell, company):
    ended = shell("sync_historical", "--company", company.slug)
    text = "nothing was done: the company has no API key of Cal.com. Enter one at the company."
    assert (ended.status, ended.out) == (1, f"Salon Nord: {text}\n")


def test_a_strangers_bookings_stay_out_of_it(shell: Shell, remote, past):
    elsewhere = CompanyFactory.create(
        slug="elsewhere", calcom_api_key=OTHER_KEY, calcom_base_url=remote.company.calcom_base_url
    )
    assert shell("sync_historical", "--company", "elsewhere").status == 0
    assert not Appointment.objects.exists()
    shell(*BOOKINGS)
    assert not Appointment.objects.filter(company=elsewhere).exists()


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--all", "--type", "rooms"],
        ["--all", "--from", "2026-12-02", "--to", "2026-12-01"],
        ["--all", "--from", "0001-01-01"],
        ["--all", "--to", "12.12.2026"],
    ],
)
def test_wrong_usage(shell: Shell, company, words):
    assert shell("sync_historical", *words).status == 2
