"""Appointments of a dump: status, ids, times, people, payloads, and what Cal.com tells of them afterwards."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from appointments.inbound import apply_booking
from appointments.models import Appointment, AppointmentChange, FormerUid
from calcom.models import LegacyRow
from calcom.places import CalcomPlaces
from companies.transactions import transactional
from tests.appointments.conftest import ADA, NINE, booking
from tests.calcom.legacy.dump import dumps
from tests.calcom.legacy.dump.conftest import reported


@pytest.fixture
def one(dump, bring):
    """The only appointment, of a row with these columns."""

    def taken(**columns):
        result = bring(dump(appointments=[dumps.appointment(**columns)]))
        assert result.counts["refused"] == 0, reported(result)
        return Appointment.objects.get()

    return taken


@pytest.mark.parametrize(
    ("text", "status"),
    [
        *(
            (word, "confirmed")
            for word in ("accepted", "booked", "scheduled", "CONFIRMED", "in_progress", "rescheduled")
        ),
        ("pending", "pending"),
        ("completed", "completed"),
        ("canceled", "cancelled"),
        ("no-show", "no_show"),
        ("rejected", "rejected"),
    ],
)
def test_statuses_of_all_generations(one, text, status):
    assert one(status=text).status == status


@pytest.mark.parametrize(
    ("columns", "number", "uid", "sync"),
    [
        ({}, None, "", "not_applicable"),
        ({"calcom_booking_id": "5500098"}, 5500098, "", "not_applicable"),
        ({"calcom_v2_booking_id": "5500098"}, 5500098, "", "not_applicable"),
        ({"calcom_v2_booking_id": "bT9sWf5"}, None, "bT9sWf5", "synced"),
        ({"calcom_booking_id": 12, "calcom_v2_booking_uid": "bT9sWf5"}, 12, "bT9sWf5", "synced"),
    ],
)
def test_numbers_and_uids_whatever_column_they_stand_in(one, columns, number, uid, sync):
    row = one(**columns)
    assert (row.calcom_booking_id, row.calcom_booking_uid, row.sync_status) == (number, uid, sync)
    assert LegacyRow.objects.get(kind="appointment").booking_id == number


def test_it_is_told_where_it_came_from(one):
    row = one()
    assert (row.source, row.booked_service_name, row.booked_customer_name) == ("import", "Haarschnitt", "Kundin 21")
    assert AppointmentChange.objects.get().reason == "Brought over from the old system."


def test_other_names_of_the_times(dump, bring):
    old = dumps.appointment()
    old["start_time"], old["end_time"] = old.pop("starts_at"), old.pop("ends_at")
    assert bring(dump(appointments=[old])).counts["refused"] == 0
    assert Appointment.objects.get().starts_at == NINE


def test_another_zone_may_be_named(dump, bring):
    bring(dump(), zone="UTC")
    assert Appointment.objects.get().starts_at == NINE + timedelta(hours=1)


def test_the_services_length_where_no_end_is_told(one):
    assert one(ends_at="0000-00-00 00:00:00").ends_at == NINE + timedelta(minutes=30)


def test_no_end_and_no_service(dump, bring):
    result = bring(dump(appointments=[dumps.appointment(ends_at="", service_id="")]))
    assert "no service tells the length" in reported(result)[0][4]


def test_prices_as_text(one):
    row = one(price="39,90 €")
    assert (str(row.booked_price), row.booked_currency) == ("39.90", "EUR")


@pytest.mark.parametrize("times", [1, 2, 3])
def test_payloads_encoded_up_to_three_times(one, times):
    payload = {"uid": "abc", "password": "secret", "attendees": [{"name": "Ada", "email": "Ada@Example.com"}]}
    cell: Any = payload
    for _ in range(times):
        cell = json.dumps(cell)
    row = one(payload=cell)
    assert row.payload["uid"] == "abc"
    assert row.payload["password"] == "…"
    assert [attendee.email for attendee in row.attendees.all()] == ["ada@example.com"]
    assert LegacyRow.objects.get(kind="appointment").data["payload"] == cell


def test_a_payload_that_was_cut_off_costs_nothing_else(dump, bring):
    result = bring(dump(appointments=[dumps.appointment(payload='{"uid": "ab')]))
    assert reported(result) == [("appointments", "2", "31", "noted", "payload is broken JSON; it is kept as it came")]
    assert Appointment.objects.get().payload == {}


def test_attendees_answers_and_the_rest(one):
    row = one(
        attendees=json.dumps(json.dumps([{"name": "Ada", "email": "a@example.com", "locale": "de"}, {"name": "Ole"}])),
        responses=json.dumps({"notes": "Hund", "email": {"label": "E-Mail", "value": "a@example.com"}}),
        location_type="inPerson",
        location_value="Weg 1",
        meeting_url="javascript:alert(1)",
        rescheduled_count="2",
    )
    assert [(person.name, person.is_guest) for person in row.attendees.all()] == [("Ada", False), ("Ole", True)]
    assert row.responses["notes"] == {"label": "notes", "value": "Hund"}
    assert row.responses["email"] == {"label": "E-Mail", "value": "a@example.com"}
    assert (row.location_display, row.meeting_url, row.reschedule_count) == ("in person: Weg 1", "", 2)


def test_no_show_is_the_bookers(one):
    assert one(status="no_show").attendees.get().no_show


def test_two_of_one_staff_member_at_once_are_kept_and_flagged(dump, bring):
    rows = [
        dumps.appointment(31),
        dumps.appointment(32, starts_at="2026-12-08 10:15:00", ends_at="2026-12-08 10:45:00"),
    ]
    assert bring(dump(appointments=rows)).counts["refused"] == 0
    assert list(Appointment.objects.order_by("starts_at").values_list("is_double_booked", flat=True)) == [False, True]


@pytest.mark.parametrize("batch", [1, 500])
def test_two_rows_of_one_booking_are_one(dump, bring, batch):
    rows = [dumps.appointment(31, calcom_v2_booking_uid="u"), dumps.appointment(32, calcom_v2_booking_uid="u")]
    result = bring(dump(appointments=rows), batch=batch)
    assert result.tables["appointments"] == {"rows": 2, "created": 1, "refused": 1}
    assert "the same booking at Cal.com" in reported(result)[0][4]


@pytest.mark.parametrize(
    "columns", [{"calcom_v2_booking_uid": "u"}, {"calcom_booking_id": 7}, {"calcom_v2_booking_uid": "before"}]
)
def test_what_cal_com_has_told_already_is_not_made_again(dump, bring, company, columns):
    told(company, uid="u", booking_id=7)
    known = Appointment.objects.get()
    FormerUid.objects.create(company=company, appointment=known, uid="before")
    result = bring(dump(appointments=[dumps.appointment(**columns)]))
    assert result.tables["appointments"] == {"rows": 1, "matched": 1}
    assert LegacyRow.objects.get(kind="appointment").object_id == known.pk


def test_the_same_number_at_another_time_is_no_proof(dump, bring, company):
    told(company, uid="u", booking_id=7)
    bring(dump(appointments=[dumps.appointment(calcom_booking_id=7, starts_at="2026-12-08 08:00:00")]))
    assert Appointment.objects.count() == 2


def test_a_uid_from_before_a_move_is_remembered(one, company):
    row = one(calcom_v2_booking_uid="now", calcom_previous_booking_uid="before")
    assert [former.uid for former in row.former_uids.all()] == ["before"]
    told(company, uid="before", status="cancelled", told_at=NINE - timedelta(days=20))
    row.refresh_from_db()
    assert row.status == "confirmed"


def test_a_move_that_made_a_row_of_its_own_is_said(dump, bring):
    rows = [
        dumps.appointment(31, calcom_v2_booking_uid="before", status="rescheduled"),
        dumps.appointment(32, calcom_v2_booking_uid="now", calcom_previous_booking_uid="before"),
    ]
    result = bring(dump(appointments=rows))
    assert reported(result)[0][1:4] == ("3", "32", "noted")
    assert not FormerUid.objects.exists()


@pytest.mark.parametrize("status", ["completed", "no_show", "cancelled"])
def test_what_cal_com_tells_later_replaces_what_the_dump_said(one, company, status):
    row = one(calcom_v2_booking_uid="u", status=status, attendees=json.dumps([{"email": ADA.email}]))
    told(company, uid="u", starts_at=NINE + timedelta(hours=2), ends_at=NINE + timedelta(hours=3), title="Neu")
    row.refresh_from_db()
    assert (row.starts_at, row.title) == (NINE + timedelta(hours=2), "Neu")
    assert row.status == ("confirmed" if status == "cancelled" else status)


def test_appointments_alone_stay_open_at_their_ends(tmp_path, bring):
    path = dumps.write_csv(tmp_path, "appointments", [dumps.appointment()])
    result = bring(path)
    assert result.tables["appointments"] == {"rows": 1, "created": 1}
    assert ("noted", "customer 21 was not brought over; left open") in [row[3:] for row in reported(result)]


@transactional
def told(company, **facts):
    apply_booking(company, booking(**facts), places=CalcomPlaces(company))
