"""The list of appointments: what a row shows, and how it stays quick."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from appointments.models import Appointment, Attendee
from appointments.models.appointment import LocationType, Status, SyncStatus
from companies.models import Company
from tests.factories import BranchFactory, MembershipFactory
from tests.portal.factories import AppointmentFactory, AttendeeFactory, CustomerFactory

LIST = "/admin/appointments/appointment/"


def shown(client: Client, query: str = "") -> set[int]:
    """Ids of the rows that a list shows."""
    return {row.pk for row in client.get(f"{LIST}{query}").context["cl"].result_list}


def test_an_empty_list_says_what_will_come(owner: Client) -> None:
    assert "No appointments yet. They appear here as soon as Cal.com sends one." in owner.get(LIST).text


def test_a_search_without_a_hit_says_so_instead(owner: Client) -> None:
    answer = owner.get(f"{LIST}?q=nobody").text
    assert "Nothing matches your search and filters." in answer
    assert "No appointments yet" not in answer


def test_a_row_shows_who_what_where_and_when(owner: Client, company: Company) -> None:
    branch = BranchFactory.create(company=company, name="Harbour", time_zone=ZoneInfo("Europe/Lisbon"))
    start = datetime(2026, 12, 8, 9, 30, tzinfo=ZoneInfo("UTC"))
    row = AppointmentFactory.create(company=company, branch=branch, starts_at=start)
    text = owner.get(LIST).text
    assert all(str(part) in text for part in (row.customer, row.staff, "Harbour", row.service))
    assert "Tue 8 Dec 2026" in text
    assert "09:30 · 45 min" in text


def test_without_a_branch_the_company_clock_counts(owner: Client, company: Company) -> None:
    start = datetime(2026, 7, 8, 22, 30, tzinfo=ZoneInfo("UTC"))
    AppointmentFactory.create(company=company, branch=None, starts_at=start)
    text = owner.get(LIST).text
    assert "Thu 9 Jul 2026" in text
    assert "00:30 · 45 min" in text


def test_all_attendees_stand_behind_the_customer(owner: Client, company: Company) -> None:
    row = AppointmentFactory.create(company=company)
    AttendeeFactory.create(appointment=row, name="Ada", email="ada@example.com")
    AttendeeFactory.create(appointment=row, name="Bo", email="")
    AttendeeFactory.create(appointment=row, name="Cy", state=Attendee.State.GONE)
    text = owner.get(LIST).text
    assert 'title="Ada (ada@example.com)\nBo"' in text
    assert 'title="2 attendees"' in text


def test_several_attendees_stand_out(owner: Client, company: Company) -> None:
    for count in (1, 2):
        row = AppointmentFactory.create(company=company)
        AttendeeFactory.create_batch(count, appointment=row)
    text = owner.get(LIST).text
    assert 'bg-base-500/8 text-base-700 dark:bg-base-500/20 dark:text-base-200" title="1 attendee"' in text
    assert 'bg-orange-100 text-orange-700 dark:bg-orange-500/20 dark:text-orange-400" title="2 attendees"' in text


@pytest.mark.parametrize(
    ("status", "colour"),
    [
        (Status.PENDING, "orange"),
        (Status.CONFIRMED, "green"),
        (Status.COMPLETED, "blue"),
        (Status.CANCELLED, "red"),
        (Status.REJECTED, "red"),
        (Status.NO_SHOW, "base"),
    ],
)
def test_a_status_has_its_colour(owner: Client, company: Company, status: Status, colour: str) -> None:
    AppointmentFactory.create(company=company, status=status, sync_status=SyncStatus.NOT_APPLICABLE)
    cell = owner.get(LIST).text.split('data-label="status"')[1].split("</td>")[0]
    assert f"bg-{colour}-" in cell
    assert str(status.label) in cell


@pytest.mark.parametrize(
    ("kind", "colour"),
    [(LocationType.VIDEO, "green"), (LocationType.PHONE, "orange"), (LocationType.IN_PERSON, "primary")],
)
def test_a_kind_of_place_has_its_colour(owner: Client, company: Company, kind: LocationType, colour: str) -> None:
    AppointmentFactory.create(company=company, location_type=kind)
    assert f"bg-{colour}-100" in owner.get(LIST).text.split('data-label="location"')[1].split("</td>")[0]


def test_what_needs_a_person_is_marked(owner: Client, company: Company) -> None:
    AppointmentFactory.create(company=company, requires_manual_review=True, is_double_booked=True, is_recurring=True)
    text = owner.get(LIST).text
    assert 'aria-label="needs a second look"' in text
    assert 'aria-label="double-booked"' in text
    assert 'aria-label="part of a series"' in text


def test_names_are_no_markup(owner: Client, company: Company) -> None:
    customer = CustomerFactory.create(company=company, name="<script>alert(1)</script>")
    row = AppointmentFactory.create(company=company, customer=customer, booked_service_name='"><img src=x>')
    AttendeeFactory.create(appointment=row, name='" onmouseover="alert(1)')
    text = owner.get(LIST).text
    assert "<script>alert(1)" not in text
    assert "<img src=x>" not in text
    assert '" onmouseover="alert(1)' not in text


def test_fifty_rows_need_few_queries(
    owner: Client, company: Company, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for row in AppointmentFactory.create_batch(50, company=company):
        AttendeeFactory.create_batch(2, appointment=row)
    with django_assert_max_num_queries(12):
        answer = owner.get(LIST)
    assert len(answer.context["cl"].result_list) == 50


def test_operators_need_few_queries_too(
    operator: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    AppointmentFactory.create_batch(51)
    with django_assert_max_num_queries(12):
        answer = operator.get(f"{LIST}?q=customer")
    assert len(answer.context["cl"].result_list) == 50


def test_the_list_reads_neither_payloads_nor_secrets(owner: Client, company: Company) -> None:
    AppointmentFactory.create(company=company)
    row: Appointment = next(iter(owner.get(LIST).context["cl"].result_list))
    assert {"payload", "responses", "hosts"} <= row.get_deferred_fields()
    assert "webhook_secret" in row.company.get_deferred_fields()


def test_the_second_page_goes_on_where_the_first_ended(owner: Client, company: Company) -> None:
    now = timezone.now()
    rows = [AppointmentFactory.create(company=company, starts_at=now - timedelta(hours=n)) for n in range(53)]
    assert shown(owner, "?p=2") == {row.pk for row in rows[50:]}


def test_who_sees_several_companies_reads_which(log_in, company: Company) -> None:
    user = MembershipFactory.create(company=company).user
    second = MembershipFactory.create(user=user).company
    AppointmentFactory.create(company=second)
    assert f">{second.name}<" in log_in(user).get(LIST).text
