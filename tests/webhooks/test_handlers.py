"""Every trigger that Cal.com can send is known."""

from __future__ import annotations

import pytest

from calcom.subscriptions import NEEDED, TRIGGERS
from tests.deliveries.bodies import created
from tests.deliveries.cast import Booking
from webhooks.handlers import HANDLERS, WITHOUT_EFFECT
from webhooks.models import WebhookEvent
from webhooks.tasks import drain_all

CONTRACT = """
    BOOKING_CREATED BOOKING_REQUESTED BOOKING_REJECTED BOOKING_RESCHEDULED BOOKING_CANCELLED BOOKING_PAYMENT_INITIATED
    BOOKING_PAID BOOKING_NO_SHOW_UPDATED BOOKING_LOCATION_UPDATED BOOKING_REASSIGNED MEETING_STARTED MEETING_ENDED
    RECORDING_READY RECORDING_TRANSCRIPTION_GENERATED INSTANT_MEETING INSTANT_MEETING_ACCEPTED OOO_CREATED
    FORM_SUBMITTED FORM_SUBMITTED_NO_EVENT ROUTING_FORM_FALLBACK_HIT AFTER_HOSTS_CAL_VIDEO_NO_SHOW
    AFTER_GUESTS_CAL_VIDEO_NO_SHOW WRONG_ASSIGNMENT_REPORT DELEGATION_CREDENTIAL_ERROR
    DELEGATION_CREDENTIAL_SECRET_ROTATED DELEGATION_CREDENTIAL_SECRET_ROTATION_FAILED
    DELEGATION_CREDENTIAL_ROTATION_REQUIRED CALENDAR_ENTRY_REJECTED
"""


def test_all_28_triggers_of_the_contract_are_known_and_the_ping():
    assert {*HANDLERS, *WITHOUT_EFFECT} == {*CONTRACT.split(), "PING"}


def test_each_trigger_is_handled_in_one_way():
    assert not HANDLERS.keys() & WITHOUT_EFFECT


@pytest.mark.parametrize("name", ["BOOKING_TELEPORTED", "booking.teleported", "ÄÖÜ"])
def test_an_unknown_trigger_is_kept_and_ignored(deliver, name):
    deliver(created(Booking("cut1", 1), "09:00") | {"triggerEvent": name})
    drain_all()
    event = WebhookEvent.objects.get()
    assert (event.state, event.reason) == ("ignored", "Unknown trigger.")


def test_what_we_subscribe_to_has_a_handler():
    assert set(TRIGGERS) <= HANDLERS.keys()
    assert set(TRIGGERS) >= NEEDED
