"""Who was erased does not come back with a dump."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from appointments import tombstones
from appointments.models import Appointment, Attendee, Customer
from calcom.legacy.dump.forgotten import WAS_ERASED, WITHOUT
from calcom.models import LegacyRow
from tests.calcom.legacy.dump import dumps
from tests.calcom.legacy.dump.conftest import reported
from tests.factories import CompanyFactory

WHO: dict[str, Any] = {"name": "Ada Kühn", "email": "ada@example.com"}


@pytest.fixture
def hers(dump):
    """A dump in which Ada is a customer, attends her appointment, and stands in its payload."""
    payload = json.dumps({"uid": "u", "attendees": [WHO]})
    booked = dumps.appointment(calcom_v2_booking_uid="u", payload=payload, cancellation_reason="Ada is ill")
    return dump(customers=[dumps.customer(**WHO), dumps.customer(22)], appointments=[booked])


@pytest.mark.parametrize("is_dry_run", [True, False])
def test_an_erased_customer_is_left_out_and_the_appointment_says_nothing_of_them(hers, bring, company, is_dry_run):
    tombstones.bury(company, [WHO["email"]], at=timezone.now())
    result = bring(hers, is_dry_run=is_dry_run)
    assert [(row[0], *row[2:]) for row in reported(result)] == [
        ("customers", "21", "left out", WAS_ERASED),
        ("appointments", "31", "noted", WITHOUT),
    ]
    assert result.tables["appointments"] == {"rows": 1, "created": 1}


def test_nothing_of_them_is_anywhere(hers, bring, company):
    tombstones.bury(company, [WHO["email"]], at=timezone.now())
    bring(hers)
    stored = [list(model.objects.values()) for model in (Appointment, Attendee, Customer, LegacyRow)]
    assert "Ada" not in str(stored)
    assert "ada@" not in str(stored)
    assert Appointment.objects.get().calcom_booking_uid == "u"


def test_another_companys_erasure_means_nothing_here(hers, bring):
    tombstones.bury(CompanyFactory.create(), [WHO["email"]], at=timezone.now())
    bring(hers)
    assert Customer.objects.filter(**WHO).exists()
