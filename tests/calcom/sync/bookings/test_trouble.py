"""Reading in bad weather: cut answers, doubled rows, poison, two workers, somebody else's account."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.utils import timezone

from appointments.models import Appointment, Push
from appointments.wishes import Wish
from calcom import reference
from calcom.models import EventType, SyncRun
from calcom.sandbox.sample import OTHER_KEY
from companies.locks import Purpose
from tests.calcom.remote import monday
from tests.factories import CompanyFactory

LIST = {"method": "GET", "path": "/v2/bookings[?]"}


def only() -> Appointment:
    return Appointment.objects.get()


@pytest.fixture
def ordered(remote, cut):
    """A booking of ours whose outcome nobody knows."""
    row = Appointment.objects.create(
        company=remote.company,
        starts_at=monday(),
        ends_at=monday() + timedelta(minutes=30),
        calcom_event_type_id=cut,
        told_status="confirmed",
        status="confirmed",
        source="portal",
        sync_origin="portal",
        sync_status="unclear",
    )
    wish = Wish(starts_at=row.starts_at, ends_at=row.ends_at, event_type_id=cut)
    return Push.objects.create(
        company=remote.company, appointment=row, operation="create", version=1, state="unclear", wanted=wish.as_json()
    )


@pytest.mark.parametrize("kind", ["cut", "truncate", "status"])
def test_one_bad_answer_is_asked_for_again(remote, cut, read, kind):
    remote.book(cut)
    remote.fault(kind, match=LIST, times=1)
    result = read()
    assert (result.created, result.is_good) == (1, True)


def test_a_list_that_breaks_in_the_middle_keeps_what_came_and_is_read_again(remote, cut, read, later):
    for number in range(110):
        remote.book(cut, monday(9 + number % 16 // 2, 30 * (number % 2), weeks=2 + number // 16))
    remote.fault("status", status=502, html=True, match={"method": "GET", "path": "skip=100"}, times=3)
    result = read()
    assert (result.created, result.is_good) == (100, False)
    later(days=3)
    assert read().created == 10


def test_a_list_that_repeats_itself_ends(remote, cut, read):
    remote.book(cut)
    body = remote.ask("GET", "/bookings")
    assert len(body) == 1
    assert read().seen == 1


def test_a_poisonous_row_stops_nobody(remote, cut, read):
    bad, good = remote.book(cut, monday(9)), remote.book(cut, monday(10))
    remote.row(bad).title = "Cut \x00"
    result = read()
    assert (result.created, result.is_good, len(result.warnings)) == (1, True, 1)
    assert only().calcom_booking_uid == good["uid"]


def test_a_change_that_a_later_version_wrote_stops_no_other_booking(remote, cut, read, ordered):
    Push.objects.filter(pk=ordered.pk).update(wanted=ordered.wanted | {"colour": "green"})
    bad = remote.book(cut, monday(9), metadata=reference.signed(remote.company.pk, ordered.reference))
    good = remote.book(cut, monday(10))
    result = read()
    assert (result.created, result.is_good, len(result.warnings)) == (1, True, 1)
    assert not Appointment.objects.filter(calcom_booking_uid=bad["uid"]).exists()
    assert Appointment.objects.filter(calcom_booking_uid=good["uid"]).exists()


def test_another_accounts_rows_are_not_ours(remote, cut, read):
    booking = remote.book(cut)
    remote.company.calcom_api_key = OTHER_KEY
    remote.company.save()
    assert read().seen == 0
    stranger = CompanyFactory.create(calcom_base_url=remote.company.calcom_base_url)
    EventType.objects.create(company=stranger, calcom_id=cut, title="claimed")
    assert not Appointment.objects.exists()
    assert remote.row(booking).status == "accepted"


def test_a_booking_of_ours_whose_outcome_was_unclear_is_adopted(remote, cut, read, ordered):
    booking = remote.book(cut, metadata=reference.signed(remote.company.pk, ordered.reference))
    read()
    ordered.refresh_from_db()
    assert (only().pk, only().calcom_booking_uid) == (ordered.appointment_id, booking["uid"])
    assert (ordered.state, only().sync_status) == ("done", "synced")


@pytest.mark.parametrize("spoilt", ["forged", "another company's", "another reference"])
def test_a_forged_reference_takes_over_nothing(remote, cut, read, ordered, spoilt):
    metadata = {
        "forged": {reference.KEY: f"1.{ordered.reference.hex}.AAAA"},
        "another company's": reference.signed(remote.company.pk + 1, ordered.reference),
        "another reference": reference.signed(remote.company.pk, uuid4()),
    }[spoilt]
    remote.book(cut, metadata=metadata)
    read()
    ordered.refresh_from_db()
    assert (ordered.state, ordered.appointment.calcom_booking_uid) == ("unclear", "")
    assert Appointment.objects.count() == 2


@pytest.fixture
def another_worker(db):
    """A second connection to the database."""
    other = connections.create_connection("default")
    other.settings_dict = connection.settings_dict
    yield other
    other.close()


def test_two_runs_of_one_company_do_not_overlap(remote, cut, read, swept, another_worker):
    remote.book(cut)
    with another_worker.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [Purpose.BOOKINGS, remote.company.pk])
    assert read().is_running_elsewhere
    assert not SyncRun.objects.exists()
    assert swept().created == 1


def test_an_interrupted_run_is_said_so_and_repeated(remote, cut, read):
    SyncRun.objects.create(company=remote.company, kind=SyncRun.Kind.BOOKINGS, started_at=timezone.now())
    remote.book(cut)
    assert read().created == 1
    assert set(SyncRun.objects.values_list("state", flat=True)) == {"interrupted", "done"}
