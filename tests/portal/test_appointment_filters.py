"""Filters and search of the appointment list."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client

from appointments.models import AppointmentChange, Attendee, Customer, FormerUid
from appointments.models.appointment import LocationType, Status
from appointments.search import customers_matching, phone_digits
from companies.models import Company
from tests.factories import MembershipFactory
from tests.portal.factories import AppointmentFactory, AttendeeFactory, ChangeFactory, CustomerFactory
from tests.portal.test_appointment_list import LIST, shown

BERLIN = ZoneInfo("Europe/Berlin")
WEDNESDAY = datetime(2026, 11, 18, 12, 0, tzinfo=BERLIN)


def test_several_states_at_once(owner: Client, company: Company) -> None:
    rows = {status: AppointmentFactory.create(company=company, status=status) for status in Status}
    query = "?status__exact=pending&status__exact=no_show"
    assert shown(owner, query) == {rows[Status.PENDING].pk, rows[Status.NO_SHOW].pk}


@pytest.mark.parametrize(
    ("period", "hours"),
    [
        ("today", {-12, -1, 1}),
        ("tomorrow", {12, 24}),
        ("week", {-36, -12, -1, 1, 12, 24}),
        ("next7", {1, 12, 24, 24 * 6}),
        ("upcoming", {1, 12, 24, 24 * 6, 24 * 8}),
        ("past", {-24 * 8, -36, -12, -1}),
        ("nonsense", {-24 * 8, -36, -12, -1, 1, 12, 24, 24 * 6, 24 * 8}),
    ],
)
def test_a_period_counts_days_of_the_calendar(owner: Client, company: Company, period: str, hours: set[int]) -> None:
    rows = {
        distance: AppointmentFactory.create(company=company, starts_at=WEDNESDAY + timedelta(hours=distance)).pk
        for distance in (-24 * 8, -36, -12, -1, 1, 12, 24, 24 * 6, 24 * 8)
    }
    with time_machine.travel(WEDNESDAY, tick=False):
        assert shown(owner, f"?period={period}") == {rows[distance] for distance in hours}


def test_the_day_of_the_clock_change_has_25_hours(owner: Client, company: Company) -> None:
    sunday = datetime(2026, 10, 25, 0, 30, tzinfo=BERLIN)
    late = AppointmentFactory.create(company=company, starts_at=sunday.replace(hour=23))
    AppointmentFactory.create(company=company, starts_at=sunday + timedelta(days=1))
    with time_machine.travel(sunday, tick=False):
        assert shown(owner, "?period=today") == {late.pk}


@pytest.mark.parametrize(("language", "day"), [("en", "2026-11-18"), ("de", "18.11.2026")])
def test_a_range_of_days_holds_both_ends(owner: Client, company: Company, language: str, day: str) -> None:
    midnight = WEDNESDAY.replace(hour=0)
    first, last = (
        AppointmentFactory.create(company=company, starts_at=start)
        for start in (midnight, WEDNESDAY.replace(hour=23, minute=59))
    )
    for outside in (midnight - timedelta(minutes=1), midnight + timedelta(days=1)):
        AppointmentFactory.create(company=company, starts_at=outside)
    owner.cookies["django_language"] = language
    assert shown(owner, f"?starts_at_from={day}&starts_at_to={day}") == {first.pk, last.pk}


def test_what_is_no_date_narrows_nothing(owner: Client, company: Company) -> None:
    row = AppointmentFactory.create(company=company)
    assert shown(owner, "?starts_at_from=soon") == {row.pk}


@pytest.mark.parametrize("name", ["branch", "staff", "service"])
def test_one_branch_staff_member_or_service(owner: Client, company: Company, name: str) -> None:
    row, _other = AppointmentFactory.create_batch(2, company=company)
    assert shown(owner, f"?{name}__id__exact={getattr(row, name).pk}") == {row.pk}


def test_kinds_of_place_and_none(owner: Client, company: Company) -> None:
    rows = {kind: AppointmentFactory.create(company=company, location_type=kind) for kind in ["", *LocationType]}
    assert shown(owner, "?location=video&location=none") == {rows[LocationType.VIDEO].pk, rows[""].pk}


def test_with_and_without_attendees(owner: Client, company: Company) -> None:
    attended, left, alone = AppointmentFactory.create_batch(3, company=company)
    AttendeeFactory.create(appointment=attended)
    AttendeeFactory.create(appointment=left, state=Attendee.State.GONE)
    assert shown(owner, "?attendees=yes") == {attended.pk}
    assert shown(owner, "?attendees=no") == {left.pk, alone.pk}


def test_series(owner: Client, company: Company) -> None:
    row, other = (AppointmentFactory.create(company=company, is_recurring=recurring) for recurring in (True, False))
    assert shown(owner, "?recurring=yes") == {row.pk}
    assert shown(owner, "?recurring=no") == {other.pk}


def test_what_needs_attention(owner: Client, company: Company) -> None:
    doubtful = AppointmentFactory.create(company=company, requires_manual_review=True)
    double = AppointmentFactory.create(company=company, is_double_booked=True)
    assert shown(owner, "?attention=review") == {doubtful.pk}
    assert shown(owner, "?attention=double") == {double.pk}


def test_cancelled_lately(owner: Client, company: Company) -> None:
    lately, long_ago, revived = (
        AppointmentFactory.create(company=company, status=status)
        for status in (Status.CANCELLED, Status.CANCELLED, Status.CONFIRMED)
    )
    for row, days in ((lately, 1), (long_ago, 8), (revived, 1)):
        when = datetime.now(tz=BERLIN) - timedelta(days=days)
        ChangeFactory.create(appointment=row, action=AppointmentChange.Action.CANCELLED, occurred_at=when)
    assert shown(owner, "?cancelled=last7") == {lately.pk}


@pytest.mark.parametrize("text", ["öztürk", "ÄNNE", "änne öz", "ANNE@EXAMPLE", "0151 123-456 78", "+4915112345678"])
def test_a_customer_is_found_however_it_is_typed(owner: Client, company: Company, text: str) -> None:
    customer = CustomerFactory.create(
        company=company, name="Änne Öztürk", email="anne@example.com", phone="+4915112345678"
    )
    row = AppointmentFactory.create(company=company, customer=customer)
    AppointmentFactory.create(company=company)
    answer = owner.get(LIST, {"q": text})
    assert [found.pk for found in answer.context["cl"].result_list] == [row.pk]


def test_somebody_who_only_attends_is_found_too(owner: Client, company: Company) -> None:
    guest = CustomerFactory.create(company=company, name="Ines Prado")
    row = AppointmentFactory.create(company=company)
    AttendeeFactory.create(appointment=row, customer=guest)
    assert shown(owner, "?q=prado") == {row.pk}


def test_a_booking_is_found_by_its_whole_uid_present_or_former(owner: Client, company: Company) -> None:
    row = AppointmentFactory.create(company=company, calcom_booking_uid="hK3mVq8ZtL2x")
    FormerUid.objects.create(company=company, appointment=row, uid="qR7nPwYcD4a")
    assert shown(owner, "?q=hK3mVq8ZtL2x") == shown(owner, "?q=qR7nPwYcD4a") == {row.pk}
    assert shown(owner, "?q=hK3mVq8Zt") == set()


def test_a_search_stays_inside_the_company(stranger: Client, company: Company) -> None:
    AppointmentFactory.create(company=company, calcom_booking_uid="hK3mVq8ZtL2x")
    assert shown(stranger, "?q=customer") == shown(stranger, "?q=hK3mVq8ZtL2x") == set()


def test_a_search_uses_the_trigram_indexes(company: Company) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = customers_matching(Customer.objects.all(), "vogel").explain()
    assert "customer_name_trigrams" in plan
    assert "customer_email_trigrams" in plan


@pytest.mark.parametrize(
    ("text", "digits"),
    [("0049 30/1234", "49301234"), ("(030) 12-34", "301234"), ("123", ""), ("12a45", ""), ("Vogel", ""), ("0000", "")],
)
def test_digits_of_a_phone_number(text: str, digits: str) -> None:
    assert phone_digits(text) == digits


@pytest.mark.parametrize(
    "lookup",
    ["payload__icontains", "calcom_booking_uid__startswith", "former_uids__uid__startswith", "company__webhook_token"],
)
def test_hidden_columns_cannot_be_guessed_letter_by_letter(
    as_role: Callable[[str], Client], company: Company, lookup: str
) -> None:
    AppointmentFactory.create(company=company)
    assert as_role("staff").get(LIST, {lookup: "a"}).status_code == 400


def test_filters_offer_own_rows_only(stranger: Client, company: Company) -> None:
    row = AppointmentFactory.create(company=company)
    text = stranger.get(LIST).text
    assert all(str(part) not in text for part in (row.branch, row.staff, row.service))


def test_a_day_is_the_day_of_the_readers_company(log_in) -> None:
    membership = MembershipFactory.create(company__time_zone="Pacific/Auckland")
    row = AppointmentFactory.create(company=membership.company, starts_at=WEDNESDAY + timedelta(hours=-13))
    with time_machine.travel(WEDNESDAY, tick=False):
        assert shown(log_in(membership.user), "?period=today") == set()
        assert shown(log_in(membership.user), "?period=past") == {row.pk}


def test_the_gaps_of_one_column(owner: Client, company: Company) -> None:
    gap = AppointmentFactory.create(company=company)
    AppointmentFactory.create(company=company, location_type=LocationType.PHONE)
    AppointmentFactory.create()
    assert shown(owner, "?gaps=location") == {gap.pk}


def test_gaps_of_what_is_no_column_are_none(owner: Client, company: Company) -> None:
    row = AppointmentFactory.create(company=company)
    assert shown(owner, "?gaps=nonsense") == {row.pk}
