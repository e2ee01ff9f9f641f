"""Deliveries that were applied tell their news once more."""

from __future__ import annotations

from typing import Any

import pytest

from appointments.backends import BookingSnapshot
from companies.models import Company
from tests.deliveries.bodies import cancelled, created, encode
from tests.deliveries.cast import LENA, Booking
from tests.portal.factories import DeliveryFactory
from webhooks.models import WebhookEvent
from webhooks.retold import applied_news

CUT1 = Booking("cut1", 11)


def kept(company: Company, body: object, **more: Any) -> WebhookEvent:
    return DeliveryFactory.create(company=company, body=encode(body), booking_uid="cut1", **more)


def test_what_was_applied_is_told_in_the_order_of_its_coming(salon: Company) -> None:
    kept(salon, created(CUT1, "09:00"))
    kept(salon, cancelled(CUT1, "10:00"))
    first, second = applied_news(salon, ["cut1"])["cut1"]
    assert isinstance(first, BookingSnapshot)
    assert isinstance(second, BookingSnapshot)
    assert (first.status, second.status, first.attendees[0].email) == ("confirmed", "cancelled", LENA.email)


@pytest.mark.parametrize("state", ["pending", "waiting", "refused", "failed", "ignored"])
def test_what_was_not_applied_is_not(salon: Company, state: str) -> None:
    kept(salon, created(CUT1, "09:00"), state=state)
    assert applied_news(salon, ["cut1"]) == {}


@pytest.mark.parametrize("body", [b"", b"no JSON", {"triggerEvent": "PING"}, {"triggerEvent": "X", "payload": {}}])
def test_a_body_that_tells_nothing_tells_nothing(salon: Company, body: object) -> None:
    kept(salon, body)
    assert applied_news(salon, ["cut1"]) == {}


def test_a_strangers_delivery_is_not_told(salon: Company) -> None:
    DeliveryFactory.create(body=encode(created(CUT1, "09:00")), booking_uid="cut1")
    assert applied_news(salon, ["cut1"]) == {}
