"""Django's log of the portal, in which each line says what a row is called."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from appointments.models import Customer
from config.privacy.people import Asked, erase
from config.privacy.retention import prune_nobodys
from tests.factories import CompanyFactory, UserFactory
from tests.portal.factories import AppointmentFactory, AttendeeFactory, CustomerFactory

ADA = "Ada Kühn"


@pytest.fixture
def noted(db):
    """The portal notes that somebody has changed a row."""
    user = UserFactory.create()

    def note(row):
        kind = ContentType.objects.get_for_model(row)
        return LogEntry.objects.create(
            user=user, content_type=kind, object_id=str(row.pk), object_repr=str(row), action_flag=2
        )

    return note


def said(line):
    line.refresh_from_db()
    return line.object_repr


def erase_ada(company):
    assert erase(company, Asked(email="ada@example.com"), also_cancel=True, is_dry_run=False).is_good


def test_an_erasure_blanks_the_lines_about_a_customer_and_her_appointments(company, noted):
    ada = CustomerFactory.create(company=company, name=ADA, email="ada@example.com")
    own = AppointmentFactory.create(company=company, customer=ada, booked_service_name="", title=f"Cut, {ADA}")
    lines = [noted(ada), noted(own)]
    erase_ada(company)
    assert [said(line) for line in lines] == ["[erased]", "[erased]"]


def test_of_a_line_about_others_appointment_her_name_goes(company, noted):
    shared = AppointmentFactory.create(company=company, booked_service_name="", title=f"Cut: Jo, {ADA}")
    AttendeeFactory.create(appointment=shared, name="Jo", email="jo@example.com")
    AttendeeFactory.create(appointment=shared, name=ADA, email="ada@example.com", is_guest=True)
    line = noted(shared)
    erase_ada(company)
    assert said(line) == "Cut: Jo, [erased]"


def test_of_a_customer_who_was_deleted_no_line_keeps_the_name(company, noted):
    ada = CustomerFactory.create(company=company, name=ADA, email="ada@example.com")
    jo = CustomerFactory.create(company=company, name="Jo")
    of_ada, of_jo = noted(ada), noted(jo)
    ada.delete()
    prune_nobodys(is_dry_run=True)
    assert said(of_ada) == ADA
    prune_nobodys()
    assert (said(of_ada), said(of_jo)) == ("[erased]", "Jo")


def test_an_erasure_does_not_leave_that_to_the_night(company, noted):
    ada = CustomerFactory.create(company=company, name=ADA, email="ada@example.com")
    line = noted(ada)
    ada.delete()
    erase_ada(company)
    assert said(line) == "[erased]"


def test_lines_of_another_company_stay(company, noted):
    CustomerFactory.create(company=company, name=ADA, email="ada@example.com")
    line = noted(CustomerFactory.create(company=CompanyFactory.create(), name="", email="ada@example.com"))
    erase_ada(company)
    assert said(line) == "ada@example.com"
    assert Customer.objects.filter(email="ada@example.com").count() == 1
