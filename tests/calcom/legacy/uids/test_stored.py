"""Uids that are here already, and old payloads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from appointments.models import Appointment
from calcom.legacy.result import LegacyResult
from calcom.legacy.runs import begin
from calcom.legacy.uids.work import NAMES, Match, Work
from calcom.models import LegacyChange, LegacyRow, LegacyRun
from tests.calcom.legacy.rows import old_appointment, v1_booking
from tests.calcom.remote import monday
from tests.factories import CompanyFactory
from webhooks import inbox
from webhooks.models import WebhookEvent


def delivery(company, payload, trigger="BOOKING_CREATED"):
    body = {"triggerEvent": trigger, "createdAt": "2026-12-01T08:00:00Z", "payload": payload}
    inbox.store(company.pk, "token", json.dumps(body).encode())


def booked(number, uid):
    return {"bookingId": number, "uid": uid, "startTime": monday().isoformat(), "endTime": monday(11).isoformat()}


@pytest.mark.parametrize("layers", [0, 1, 2])
def test_the_payload_knows_the_uid(connected, find, layers):
    payload: Any = v1_booking(55, "bT9s")
    for _layer in range(layers):
        payload = json.dumps(payload)
    row = old_appointment(connected, 55, payload=payload)
    result = find()
    row.refresh_from_db()
    assert (row.calcom_booking_uid, row.calcom_booking_id, row.sync_status) == ("bT9s", 55, "synced")
    assert (result.counts["stored"], result.counts["converted"]) == (1, 1)
    assert row.payload["start"] == monday().isoformat()


def test_the_old_payload_stays_as_it_was_in_the_old_row(connected, find):
    payload = json.dumps(v1_booking(55, "bT9s"))
    row = old_appointment(connected, 55, payload=payload)
    find()
    kept = LegacyRow.objects.get()
    assert (kept.key, kept.object_id, kept.booking_id) == (f"slotkeeper:{row.pk}", row.pk, 55)
    assert kept.data == {"payload": payload}


def test_a_payload_that_was_blanked_meanwhile_stays_blank(connected):
    row = old_appointment(connected, 55, payload={})
    work = Work(
        company=connected,
        run=begin(connected, LegacyRun.Kind.UIDS),
        result=LegacyResult(NAMES),
        batch=9,
    )
    work.write([Match(pk=row.pk, how="stored", payload={"title": "Ada's cut"})], checkpoint={})
    row.refresh_from_db()
    assert row.payload == {}
    assert "Ada" not in str(list(LegacyChange.objects.values()))


def test_what_a_dump_has_kept_is_not_kept_twice(connected, find):
    row = old_appointment(connected, 55, payload=v1_booking(55, "bT9s"))
    run = begin(connected, LegacyRun.Kind.DUMP, source="old.csv")
    LegacyRow.objects.create(company=connected, run=run, kind="appointment", key="9", object_id=row.pk, data={"a": 1})
    find()
    assert LegacyRow.objects.get().data == {"a": 1}


def test_the_old_row_knows_the_uid(connected, find):
    row = old_appointment(connected, 55)
    run = begin(connected, LegacyRun.Kind.DUMP, source="old.csv")
    data = {"id": 9, "metadata": json.dumps({"booking": v1_booking(55, "bT9s")})}
    LegacyRow.objects.create(company=connected, run=run, kind="appointment", key="9", object_id=row.pk, data=data)
    assert find().counts["stored"] == 1


@pytest.mark.parametrize("payload", [v1_booking(56, "bT9s"), v1_booking(55, "bT9s", monday(14)), {"id": 55}, "{", []])
def test_a_payload_of_another_booking_proves_nothing(connected, find, payload):
    old_appointment(connected, 55, payload=payload)
    result = find()
    assert (result.counts["stored"], result.counts["not_found"]) == (0, 1)


def test_an_old_payload_is_converted_though_the_uid_is_known(connected, find):
    row = old_appointment(connected, 55, payload={"booking": v1_booking(55, "bT9s")}, calcom_booking_uid="bT9s")
    assert find().counts["converted"] == 1
    row.refresh_from_db()
    assert row.payload["status"] == "accepted"
    assert find().counts["converted"] == 0


def test_todays_payloads_stay_as_they_are(remote, cut, find):
    today = {"bookingId": 5, "uid": "x", "startTime": "2026-12-08T09:30:00Z", "organizer": {}, "user": {}}
    old_appointment(remote.company, None, payload=today, calcom_booking_uid="x")
    assert find().counts["converted"] == 0
    assert Appointment.objects.get().payload == today


def test_a_delivery_knows_the_uid(connected, find):
    row = old_appointment(connected, 55)
    delivery(connected, booked(55, "bT9s"))
    delivery(connected, booked(56, "other"))
    assert find(batch=1).counts["deliveries"] == 1
    row.refresh_from_db()
    assert row.calcom_booking_uid == "bT9s"


def test_deliveries_that_nobody_can_read_are_passed_over(connected, find):
    old_appointment(connected, 55)
    inbox.store(connected.pk, "token", b"false")
    inbox.store(connected.pk, "token", b"\xff")
    assert find().counts["not_found"] == 1


def test_another_companys_deliveries_are_not_read(connected, find):
    old_appointment(connected, 55)
    delivery(CompanyFactory.create(), booked(55, "bT9s"))
    WebhookEvent.objects.create(delivery_id="0" * 32, body=json.dumps({"triggerEvent": "X"}).encode())
    assert find().counts["deliveries"] == 0


def test_a_time_beyond_all_calendars_costs_nothing(remote, cut, find):
    told = v1_booking(5, "bT9s") | {"startTime": "0001-01-01T00:00:00+05:00"}
    old_appointment(remote.company, 5, payload={"first": told, "second": v1_booking(5, "bT9s")})
    assert find().counts["stored"] == 1
