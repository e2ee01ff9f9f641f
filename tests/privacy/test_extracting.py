"""Whoever is erased while stored payloads are read does not come back by them."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from appointments import tombstones
from appointments.models import Attendee, Customer
from calcom.legacy.runs import begin
from calcom.models import LegacyRow, LegacyRun
from calcom.payloads import extract
from calcom.payloads.extract import _Work
from calcom.payloads.filling import Wish
from calcom.payloads.result import Extraction
from calcom.payloads.rows import batches
from config.privacy.people import Asked, erase
from tests.portal.factories import AppointmentFactory, CustomerFactory


def test_who_is_erased_between_reading_and_writing_stays_erased(company):
    starts_at = timezone.now() - timedelta(days=9)
    row = AppointmentFactory.create(company=company, starts_at=starts_at)
    CustomerFactory.create(company=company, name="Ada Hush", email="ada@example.com")
    payload = {
        "id": 1,
        "uid": row.calcom_booking_uid,
        "status": "accepted",
        "start": starts_at.isoformat(),
        "end": row.ends_at.isoformat(),
        "eventTypeId": 3,
        "hosts": [],
        "title": "Cut",
        "attendees": [{"name": "Ada Hush", "email": "ada@example.com", "timeZone": "UTC", "absent": False}],
    }
    run = begin(company, LegacyRun.Kind.DUMP)
    LegacyRow.objects.create(
        company=company, run=run, kind="appointment", key="9", object_id=row.pk, data={"payload": payload}
    )

    def meanwhile(_company, _uids):
        """Called when the old rows have been read."""
        erase(company, Asked(email="ada@example.com"), also_cancel=False, is_dry_run=False)
        return {}

    extract(company, deliveries=meanwhile)
    assert not Attendee.objects.filter(email="ada@example.com").exists()
    assert not Customer.objects.filter(email="ada@example.com").exists()


def test_what_was_read_before_an_erasure_is_not_written_but_read_again(company):
    AppointmentFactory.create(company=company)
    CustomerFactory.create(company=company, email="ada@example.com")
    work = _Work(company, Extraction(), Wish(), lambda _company, _uids: {})
    (rows,) = batches(company, size=9)
    before = tombstones.state(company)
    erase(company, Asked(email="ada@example.com"), also_cancel=False, is_dry_run=False)
    assert work._write(rows, {}, {}, before) == {row.pk for row in rows}
    assert work._write([], {}, {}, tombstones.state(company)) == set()
