"""Our reference in a delivery counts only where this company signed it, and only for what it ordered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from appointments.models import Appointment, Push
from appointments.wishes import Wish
from calcom import reference
from calcom.models import EventType
from tests.deliveries.bodies import created, encode, sign
from tests.deliveries.cast import CUT, Booking
from tests.factories import CompanyFactory
from webhooks.tasks import drain_all

CUT1 = Booking("cut1", 1)
START = datetime(2026, 12, 8, 9, tzinfo=UTC)
SERVER_WIDE = "/api/webhooks/calcom"


@pytest.fixture
def ordered(salon):
    """A booking of ours on its way to Cal.com."""
    row = Appointment.objects.create(
        company=salon,
        starts_at=START,
        ends_at=START + timedelta(minutes=30),
        calcom_event_type_id=CUT,
        told_status="confirmed",
        status="confirmed",
        source="portal",
        sync_origin="portal",
        sync_status="unclear",
    )
    wish = Wish(starts_at=START, ends_at=row.ends_at, event_type_id=CUT)
    return Push.objects.create(
        company=salon,
        appointment=row,
        operation="create",
        version=1,
        state="unclear",
        wanted=wish.as_json(),
        created_at=timezone.now(),
    )


def body(metadata, booking=CUT1):
    return created(booking, "09:00", metadata=metadata)


def test_the_echo_of_our_own_booking_completes_it(deliver, salon, ordered):
    deliver(body(reference.signed(salon.pk, ordered.reference)))
    drain_all()
    row = Appointment.objects.get()
    ordered.refresh_from_db()
    assert (row.pk, row.calcom_booking_uid, ordered.state) == (ordered.appointment_id, "cut1", "done")


@pytest.mark.parametrize("metadata", ["forged", "guessed", "another company's", "none"])
def test_a_forged_reference_takes_over_nothing(deliver, salon, ordered, metadata):
    told = {
        "forged": {reference.KEY: f"1.{ordered.reference.hex}.AAAA"},
        "guessed": reference.signed(salon.pk, uuid4()),
        "another company's": reference.signed(salon.pk + 1, ordered.reference),
        "none": {},
    }[metadata]
    deliver(body(told))
    drain_all()
    ordered.refresh_from_db()
    assert (ordered.state, ordered.appointment.calcom_booking_uid) == ("unclear", "")
    assert Appointment.objects.count() == 2


def test_a_reference_that_was_read_and_sent_again_takes_over_no_other_time(deliver, salon, ordered):
    deliver(body(reference.signed(salon.pk, ordered.reference), Booking("later", 2, "11:00")))
    drain_all()
    ordered.refresh_from_db()
    assert ordered.state == "unclear"


def test_another_companys_delivery_takes_over_nothing_of_ours(deliver, salon, ordered):
    stranger = CompanyFactory.create(webhook_secret="theirs")
    EventType.objects.create(company=stranger, calcom_id=CUT, title="the same number")
    path = f"/api/webhooks/calcom/{stranger.webhook_token}"
    deliver(body(reference.signed(salon.pk, ordered.reference)), path=path, secret="theirs")
    drain_all()
    ordered.refresh_from_db()
    assert ordered.state == "unclear"
    assert Appointment.objects.for_company(salon).count() == 1


def test_it_is_believed_as_soon_as_the_company_of_a_delivery_is_known(deliver, salon, ordered, settings):
    settings.CALCOM_WEBHOOK_SECRETS = ["server-wide"]
    told = body(reference.signed(salon.pk, ordered.reference))
    headers = {"X-Cal-Signature-256": sign(encode(told), "server-wide")}
    deliver(told, path=SERVER_WIDE, headers=headers)
    drain_all()
    ordered.refresh_from_db()
    assert ordered.state == "done"
