"""From stored payloads to columns: gaps are filled, what is known stays, and a run may be repeated or stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from appointments import tombstones
from appointments.backends import News
from appointments.completeness import recount
from appointments.models import Appointment, AppointmentChange, Attendee, Customer, FormerUid
from appointments.models.appointment import Status
from calcom.models import LegacyRow, LegacyRun
from calcom.payloads import extract
from calcom.payloads.reading import Owner, told
from companies.locks import Purpose
from companies.models import Company
from tests.calcom.payloads.conftest import BODY, CUT1, NINE, Extract, Stored
from tests.deliveries.bodies import cancelled, created, occurrence, seat_taken
from tests.deliveries.cast import ADA, BEN, COURSE, GUEST, LENA, Booking
from tests.portal.factories import AppointmentFactory, AttendeeFactory, CustomerFactory
from tests.turns import taken

NEWS_OF_20TH = {"payload": [1, 0, "2026-11-20T09:00:00.000000", 1]}
HOUR = timedelta(hours=1)
OLDER, NEWER = "2026-11-19T09:00:00.000000", "2026-11-21T09:00:00.000000"


def again(row: Appointment) -> Appointment:
    return Appointment.objects.get(pk=row.pk)


def tells(*bodies: dict[str, Any]) -> Any:
    """Deliveries of these bodies about the booking."""

    def kept(company: Company, uids: Any) -> Mapping[str, Sequence[News]]:
        found: dict[str, list[News]] = {}
        for body in bodies:
            uid = body["payload"]["uid"]
            owner = Owner(company_id=company.pk, uid=uid, starts_at=NINE, ends_at=NINE)
            found.setdefault(uid, []).extend(told(body, owner) if uid in uids else [])
        return found

    return kept


def test_a_payload_fills_every_column(stored: Stored, run: Extract) -> None:
    row = again(stored())
    run()
    row = again(row)
    assert (row.location_type, row.location_value) == ("in_person", BODY["location"])
    assert row.responses["name"]["value"] == LENA.name
    assert (row.booking_metadata, row.calcom_host_id) == ({"shop": "7"}, BODY["organizer"]["id"])
    assert [(one.email, one.is_guest) for one in row.attendees.all()] == [(LENA.email, False), (GUEST.email, True)]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_so_does_one_that_was_encoded_again_and_again(stored: Stored, run: Extract, times: int) -> None:
    payload: Any = BODY
    for _ in range(times):
        payload = json.dumps(payload)
    row = stored(payload)
    assert run().counts["filled"] == 1
    assert again(row).booking_metadata == {"shop": "7"}


def test_completeness_is_told_before_and_after(stored: Stored, run: Extract, salon: Company) -> None:
    stored()
    AppointmentFactory.create(company=salon)
    result = run()
    assert result.told()["attendees"] == {"before": 0.0, "after": 50.0}
    assert result.columns["attendees"] == 1
    assert result.after is not None
    assert result.after.percents() == recount(salon).percents()


def test_a_dry_run_tells_the_same_and_writes_nothing(stored: Stored, run: Extract) -> None:
    rows = [stored(), stored(cancelled(CUT1, "10:00")["payload"], calcom_booking_uid="x", status=Status.CANCELLED)]
    rows.append(stored(occurrence(CUT1, "10:00")["payload"], calcom_booking_uid="y"))
    before = [again(row).updated_at for row in rows]
    dry = run(is_dry_run=True)
    assert [again(row).updated_at for row in rows] == before
    assert not Attendee.objects.exists()
    wet = run()
    assert (dry.counts, dry.told(), dry.columns) == (wet.counts, wet.told(), wet.columns)


def test_a_second_run_writes_nothing(stored: Stored, run: Extract) -> None:
    row = stored()
    run()
    before = again(row).updated_at
    assert run().counts["nothing_new"] == 1
    assert again(row).updated_at == before


def test_what_is_known_stays(stored: Stored, run: Extract) -> None:
    row = stored(location_type="phone", location_value="+4930111222", meeting_url="https://meet.example.com/1")
    AttendeeFactory.create(appointment=row, name="Somebody Else")
    run()
    row = again(row)
    assert (row.location_type, row.location_value, row.meeting_url) == (
        "phone",
        "+4930111222",
        "https://meet.example.com/1",
    )
    assert [one.name for one in row.attendees.all()] == ["Somebody Else"]


def test_unless_it_shall_be_overwritten(stored: Stored, run: Extract) -> None:
    row = stored(location_type="phone", location_value="+4930111222")
    AttendeeFactory.create(appointment=row, name="Somebody Else")
    run(overwrite=True)
    row = again(row)
    assert (row.location_type, row.location_value) == ("in_person", BODY["location"])
    assert [one.name for one in row.attendees.all()] == [LENA.name, ""]


def test_what_was_overwritten_stands_in_the_history(stored: Stored, run: Extract) -> None:
    row = stored(location_type="phone", location_value="+4930111222")
    run(overwrite=True)
    change = AppointmentChange.objects.get(appointment=row)
    assert change.details["location"] == ["+4930111222", BODY["location"]]
    assert (change.side, again(row).version) == ("system", row.version + 1)


def test_filling_a_gap_is_no_change_of_the_appointment(stored: Stored, run: Extract) -> None:
    row = stored()
    run()
    assert not AppointmentChange.objects.exists()
    assert again(row).version == row.version


@pytest.mark.parametrize(("changed_too", "expected"), [(False, "phone"), (True, "in_person")])
def test_what_was_changed_since_is_overwritten_only_on_demand(
    stored: Stored, run: Extract, changed_too: bool, expected: str
) -> None:
    news = NEWS_OF_20TH | {"location": [1, 0, NEWER, 1]}
    row = stored(location_type="phone", location_value="+4930111222", news=news)
    run(overwrite=True, changed_too=changed_too)
    assert again(row).location_type == expected


def test_a_change_on_its_way_to_cal_com_is_never_touched(stored: Stored, run: Extract) -> None:
    news = NEWS_OF_20TH | {"location": [1, 0, OLDER, 1, 7], "attendees": [1, 0, OLDER, 1, 7]}
    row = stored(news=news)
    run(overwrite=True, changed_too=True)
    assert again(row).location_type == ""
    assert not row.attendees.exists()


def test_the_same_in_poorer_words_overwrites_nothing(stored: Stored, run: Extract) -> None:
    row = stored()
    run()
    bare = {slug: one["value"] for slug, one in BODY["responses"].items() if "value" in one}
    Appointment.objects.update(payload={"start": "2026-12-08T09:00:00Z", "bookingFieldsResponses": bare})
    run(overwrite=True)
    assert again(row).responses["name"] == {"label": "your_name", "value": LENA.name, "isHidden": False}


def test_later_news_replaces_what_was_filled(stored: Stored, run: Extract) -> None:
    row = stored(news=NEWS_OF_20TH)
    run()
    assert again(row).news["location"] == NEWS_OF_20TH["payload"]
    assert again(row).news["attendees"][:3] == NEWS_OF_20TH["payload"][:3]


@pytest.mark.parametrize(
    ("status", "key", "column"),
    [
        (Status.CANCELLED, "cancellationReason", "cancellation_reason"),
        (Status.REJECTED, "rejectionReason", "rejected_reason"),
    ],
)
def test_a_reason_is_filled_where_the_booking_is_off(
    stored: Stored, run: Extract, status: str, key: str, column: str
) -> None:
    off = BODY | {"status": status.upper(), key: "ill"}
    row, live = stored(off, status=status), stored(off, calcom_booking_uid="live")
    run()
    assert (getattr(again(row), column), getattr(again(live), column)) == ("ill", "")


def test_a_series_is_noticed(stored: Stored, run: Extract) -> None:
    row = stored(BODY | {"recurringEventId": "series1"})
    run()
    assert (again(row).is_recurring, again(row).recurring_event_id) == (True, "series1")


def test_seats_are_taken_one_by_one(stored: Stored, run: Extract) -> None:
    course = Booking("cut1", 12, event_type=COURSE)
    row = stored({}, is_seated=True)
    run(deliveries=tells(seat_taken(course, ADA, "09:00"), seat_taken(course, BEN, "09:05")))
    assert [one.email for one in row.attendees.order_by("position")] == [ADA.email, BEN.email]
    assert all(one.seat_uid and one.customer_id for one in row.attendees.all())


def test_a_kept_delivery_tells_what_the_payload_does_not(stored: Stored, run: Extract) -> None:
    off = cancelled(CUT1, "10:00")
    row = stored(off["payload"], status=Status.CANCELLED)
    run(deliveries=tells(created(CUT1, "09:00", metadata={"shop": "7"}), off))
    assert again(row).booking_metadata == {"shop": "7"}
    assert again(row).cancellation_reason == off["payload"]["cancellationReason"]


def test_so_does_one_about_the_booking_before_a_move(stored: Stored, run: Extract) -> None:
    row = stored({}, calcom_booking_uid="cut2")
    FormerUid.objects.create(company=row.company, appointment=row, uid="cut1")
    run(deliveries=tells(created(CUT1, "09:00", metadata={"shop": "7"})))
    assert again(row).booking_metadata == {"shop": "7"}
    assert row.attendees.count() == 2


@pytest.mark.parametrize(
    "data",
    [{"payload": json.dumps(json.dumps(BODY))}, {"metadata": {"cal_com_data": BODY}}],
    ids=["payload", "metadata"],
)
def test_the_predecessors_row_is_read(stored: Stored, run: Extract, data: dict[str, Any]) -> None:
    row = stored({})
    legacy_run = LegacyRun.objects.create(company=row.company, kind=LegacyRun.Kind.DUMP)
    kind = LegacyRow.Kind.APPOINTMENT
    LegacyRow.objects.create(company=row.company, run=legacy_run, kind=kind, key="1", object_id=row.pk, data=data)
    run()
    assert again(row).booking_metadata == {"shop": "7"}
    assert LegacyRow.objects.get().data == data


def test_who_booked_is_found_or_made(stored: Stored, run: Extract, salon: Company) -> None:
    known = CustomerFactory.create(company=salon, email=LENA.email)
    CustomerFactory.create(email=LENA.email)
    row = stored()
    run()
    assert again(row).customer == known
    assert again(row).booked_customer_name == LENA.name
    assert [one.customer for one in row.attendees.order_by("position")] == [known, None]


def test_the_customer_of_an_imported_appointment_stays_theirs(stored: Stored, run: Extract, salon: Company) -> None:
    theirs = CustomerFactory.create(company=salon, email="")
    row = stored(customer=theirs)
    run()
    assert row.attendees.get(position=0).customer == theirs
    assert Customer.objects.for_company(salon).count() == 1


def test_who_was_erased_does_not_come_back(stored: Stored, run: Extract, salon: Company) -> None:
    tombstones.bury(salon, [LENA.email, LENA.phone or ""], at=NINE)
    row = stored(starts_at=NINE - HOUR, ends_at=NINE)
    run()
    assert [one.email for one in row.attendees.order_by("position")] == ["", GUEST.email]
    assert not Customer.objects.for_company(salon).exists()
    assert LENA.name not in json.dumps(again(row).responses) + again(row).booked_customer_name


def test_an_unreadable_payload_costs_only_its_own_appointment(stored: Stored, run: Extract) -> None:
    broken, row = stored("no JSON", calcom_booking_uid="x"), stored()
    result = run()
    assert (result.counts["unreadable"], result.counts["filled"], result.is_good) == (1, 1, False)
    assert result.failures == [f"appointment {broken.pk}: the stored payload was passed over: it is not JSON"]
    assert again(row).booking_metadata == {"shop": "7"}


def test_what_the_database_refuses_costs_only_its_own_appointment(stored: Stored, run: Extract) -> None:
    endless = {"email": f"{'1' * 60}@sms.cal.com", "language": {"locale": "de"}}
    broken, row = stored(BODY | {"attendees": [endless]}, calcom_booking_uid="x"), stored()
    result = run()
    assert (result.counts["not_written"], result.counts["filled"]) == (1, 1)
    assert str(broken.pk) in result.failures[0]
    assert again(broken).booking_metadata == {}
    assert again(row).booking_metadata == {"shop": "7"}


def test_nothing_stored_is_no_failure(stored: Stored, run: Extract) -> None:
    stored({})
    result = run()
    assert (result.counts["nothing_stored"], result.is_good) == (1, True)


def test_what_somebody_changes_meanwhile_is_read_again(stored: Stored, run: Extract) -> None:
    row = stored()
    asked: list[Any] = []

    def changing(_company: Company, uids: Any) -> Mapping[str, Sequence[News]]:
        if not asked:
            with transaction.atomic():
                Appointment.objects.update(location_type="phone", location_value="+4930111222")
        asked.append(uids)
        return {}

    assert run(deliveries=changing).counts["filled"] == 1
    assert len(asked) == 2
    assert (again(row).location_value, again(row).booking_metadata) == ("+4930111222", {"shop": "7"})


def test_what_somebody_keeps_changing_is_left_for_another_run(stored: Stored, run: Extract) -> None:
    row = stored()

    def changing(_company: Company, uids: Any) -> Mapping[str, Sequence[News]]:
        with transaction.atomic():
            Appointment.objects.update(title=str(uuid4()))
        return {}

    result = run(deliveries=changing)
    assert (result.counts["not_written"], result.counts["filled"]) == (1, 0)
    assert not row.attendees.exists()
    assert run().counts["filled"] == 1


class Killed(BaseException):
    """As a process is."""


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_run_that_was_killed_is_finished_by_the_next(stored: Stored, run: Extract, after: int) -> None:
    rows = [stored(calcom_booking_uid=f"cut{number}") for number in range(4)]

    def kill(done: int, _total: int | None) -> None:
        if done == after:
            raise Killed

    with pytest.raises(Killed):
        run(batch=1, on_progress=kill)
    assert Attendee.objects.count() == 2 * after
    result = run(batch=1)
    assert (result.counts["filled"], result.counts["nothing_new"]) == (4 - after, after)
    assert [again(row).attendees.count() for row in rows] == [2] * 4


def test_progress_tells_how_many_of_how_many(stored: Stored, run: Extract) -> None:
    for number in range(3):
        stored(calcom_booking_uid=f"cut{number}")
    seen: list[Any] = []
    run(batch=2, on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2, 3), (3, 3)]


def test_a_strangers_appointments_are_not_touched(stored: Stored, run: Extract) -> None:
    theirs = AppointmentFactory.create(payload=BODY)
    stored()
    assert run().counts["examined"] == 1
    assert again(theirs).location_type == ""


def test_a_strangers_customer_is_nobody_here(stored: Stored, run: Extract) -> None:
    theirs = CustomerFactory.create(email=LENA.email)
    row = stored()
    run()
    assert again(row).customer != theirs


def test_queries_do_not_grow_with_the_batch(stored: Stored, run: Extract) -> None:
    def queries() -> int:
        Attendee.objects.all().delete()
        with CaptureQueriesContext(
            connection,
        ) as context:
            run()
        return len(context)

    stored()
    few = queries()
    for number in range(20):
        stored(
            BODY | {"attendees": [BODY["attendees"][0] | {"email": f"a{number}@example.com"}]},
            calcom_booking_uid=f"n{number}",
        )
    assert queries() <= few + 1


@pytest.mark.django_db(transaction=True)
def test_the_second_of_two_runs_does_nothing(stored: Stored, run: Extract, salon: Company) -> None:
    row = stored()
    with taken(Purpose.PAYLOADS, salon):
        result = run()
    assert result.is_running_elsewhere
    assert not result.is_good
    assert not row.attendees.exists()
    assert extract(salon).counts["filled"] == 1
