"""`manage.py extract_payload_data`: what it prints and how it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from appointments.models import Appointment
from companies.models import Company
from tests.command_line import Shell
from tests.deliveries.bodies import created, encode
from tests.deliveries.cast import Booking
from tests.portal.factories import AppointmentFactory, DeliveryFactory

CREATED = created(Booking("cut1", 11), "09:00")


@pytest.fixture
def row(salon: Company) -> Appointment:
    return AppointmentFactory.create(company=salon, calcom_booking_uid="cut1", payload=CREATED["payload"])


def test_it_tells_how_complete_the_columns_are_before_and_after(shell: Shell, salon: Company, row: Appointment) -> None:
    ended = shell("extract_payload_data", "--company", salon.slug)
    first, *columns = ended.out.splitlines()
    assert first.startswith(f"{salon.name}: 1 examined, 1 filled")
    assert "  location      0.0 % -> 100.0 %, 1 filled" in columns
    assert ended.status == 0


def test_programs_read_the_same_as_json(shell: Shell, salon: Company, row: Appointment) -> None:
    facts = shell("extract_payload_data", "--company", salon.slug, "--json").facts
    assert facts["completeness"]["hosts"] == {"before": 0.0, "after": 100.0}
    assert (facts["filled"], facts["columns"]["hosts"], facts["dry_run"]) == (1, 1, False)


def test_a_dry_run_says_what_would_be(shell: Shell, salon: Company, row: Appointment) -> None:
    ended = shell("extract_payload_data", "--all", "--dry-run")
    row.refresh_from_db()
    assert "would be: 1 examined, 1 filled" in ended.out
    assert row.location_type == ""


def test_kept_deliveries_are_read_too(shell: Shell, salon: Company, row: Appointment) -> None:
    Appointment.objects.update(payload={})
    DeliveryFactory.create(company=salon, body=encode(CREATED), booking_uid="cut1")
    shell("extract_payload_data", "--all")
    row.refresh_from_db()
    assert row.location_type == "in_person"


def test_an_unreadable_payload_is_named_and_ends_with_1(shell: Shell, salon: Company, row: Appointment) -> None:
    Appointment.objects.update(payload="no JSON")
    ended = shell("extract_payload_data", "--all", "--json")
    assert ended.status == 1
    assert ended.facts["failures"] == [f"appointment {row.pk}: the stored payload was passed over: it is not JSON"]


def test_a_company_without_a_key_is_served_as_well(shell: Shell, salon: Company, row: Appointment) -> None:
    Company.objects.update(calcom_api_key="")
    assert shell("extract_payload_data", "--company", salon.slug).status == 0


@pytest.mark.parametrize("words", [[], ["--all", "--batch", "0"], ["--all", "--changed-too"], ["--company", "nobody"]])
def test_a_wrong_call_ends_with_2(shell: Shell, salon: Company, words: list[str]) -> None:
    assert shell("extract_payload_data", *words).status == 2


def test_a_strangers_appointments_stay_as_they_are(shell: Shell, salon: Company, row: Appointment) -> None:
    theirs = AppointmentFactory.create(payload=CREATED["payload"], starts_at=timezone.now() + timedelta(days=1))
    shell("extract_payload_data", "--company", salon.slug)
    theirs.refresh_from_db()
    assert theirs.location_type == ""
