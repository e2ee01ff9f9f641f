"""Each webhook trigger, sent by somebody who may sign for another company."""

from __future__ import annotations

from typing import Any

import pytest

from appointments.models import Appointment
from calcom.models import EventType
from tests.deliveries.bodies import cancelled, created, encode, rejected, requested, rescheduled, sign
from tests.deliveries.cast import CUT, Booking
from tests.deliveries.news import (
    location_updated,
    meeting,
    no_show,
    paid,
    payment_initiated,
    ping,
    reassigned,
    recording_ready,
)
from tests.factories import CompanyFactory
from tests.tenancy.conftest import all_of
from webhooks.handlers import HANDLERS, WITHOUT_EFFECT
from webhooks.models import WebhookEvent
from webhooks.tasks import drain_all

OURS, THEIRS = "whsec-salon", "whsec-elsewhere"
OWN_TYPE = CUT + 900
CUT1, CUT2 = Booking("cut1", 1), Booking("cut2", 2, "15:00")


def bodies(event_type: int) -> dict[str, Any]:
    """News of the salon's booking, of this event type, by trigger."""
    one = Booking("cut1", 1, event_type=event_type)
    return {
        "BOOKING_CREATED": created(one, "10:00", title="Taken over"),
        "BOOKING_REQUESTED": requested(one, "10:00"),
        "BOOKING_RESCHEDULED": rescheduled(Booking("cut2", 2, "15:00", event_type=event_type), one, "10:00"),
        "BOOKING_REJECTED": rejected(one, "10:00"),
        "BOOKING_CANCELLED": cancelled(one, "10:00"),
        "BOOKING_PAYMENT_INITIATED": payment_initiated(one, "10:00"),
        "BOOKING_PAID": paid(one, "10:00"),
        "BOOKING_LOCATION_UPDATED": location_updated(one, "10:00", location="Elsewhere"),
        "BOOKING_REASSIGNED": reassigned(one, "10:00"),
        "BOOKING_NO_SHOW_UPDATED": no_show(one, "10:00", lena=True),
        "MEETING_STARTED": meeting("MEETING_STARTED", one),
        "MEETING_ENDED": meeting("MEETING_ENDED", one),
        "RECORDING_READY": recording_ready(one, "10:00"),
        "PING": ping("10:00"),
    }


@pytest.fixture
def salon(db):
    """It has a booking, and is told of it."""
    company = CompanyFactory.create(webhook_secret=OURS)
    EventType.objects.create(company=company, calcom_id=CUT, title="Cut")
    return company


@pytest.fixture
def post(client):
    def posted(company, body, secret):
        raw = encode(body)
        headers = {"X-Cal-Signature-256": sign(raw, secret)}
        path = f"/api/webhooks/calcom/{company.webhook_token}"
        return client.generic("POST", path, raw, content_type="application/json", headers=headers)

    return posted


@pytest.fixture
def before(salon, post):
    """What the salon's book says of its one booking."""
    assert post(salon, created(CUT1, "09:00"), OURS).status_code == 200
    drain_all()
    told = all_of(salon)
    assert len(told[0]) == 1
    return told


def test_every_trigger_is_tried():
    assert bodies(CUT).keys() == HANDLERS.keys()


@pytest.mark.parametrize("trigger", [*HANDLERS, *sorted(WITHOUT_EFFECT)])
def test_with_the_wrong_secret_nobody_is_heard(salon, before, post, trigger):
    body = bodies(CUT).get(trigger, {"triggerEvent": trigger, "payload": {"uid": "cut1"}})
    assert post(salon, body, THEIRS).status_code == 401
    drain_all()
    assert all_of(salon) == before
    assert WebhookEvent.objects.count() == 1


@pytest.mark.parametrize("trigger", HANDLERS)
def test_a_stranger_at_their_own_address_does_not_reach_our_booking(salon, before, post, elsewhere, trigger):
    assert post(elsewhere, bodies(CUT)[trigger], THEIRS).status_code == 200
    drain_all()
    assert all_of(salon) == before
    assert not Appointment.objects.filter(company=elsewhere).exists()


@pytest.mark.parametrize("trigger", HANDLERS)
def test_not_even_by_an_event_type_of_their_own(salon, before, post, elsewhere, trigger):
    EventType.objects.create(company=elsewhere, calcom_id=OWN_TYPE, title="Own")
    assert post(elsewhere, bodies(OWN_TYPE)[trigger], THEIRS).status_code == 200
    drain_all()
    assert all_of(salon) == before


@pytest.mark.parametrize("trigger", HANDLERS)
def test_what_one_company_is_told_the_other_does_not_learn(salon, before, post, elsewhere, trigger):
    assert post(salon, bodies(CUT)[trigger], OURS).status_code == 200
    drain_all()
    assert not any(all_of(elsewhere))
    assert not WebhookEvent.objects.filter(company=elsewhere).exists()
