"""What Cal.com does not know any more: the list says so, and the page has the ways out."""

from datetime import timedelta

import pytest
from django.test import Client

from appointments import standing
from appointments.models import Appointment, Push
from appointments.models.appointment import Status, SyncStatus
from companies.models import Company
from tests.portal.conftest import As
from tests.portal.desk import LIST, TOMORROW, address, appointment, buttons, form, page, pushed, said


def orphan(company: Company, *, begins: timedelta = TOMORROW, status: str = Status.CONFIRMED) -> Appointment:
    row: Appointment = appointment(company, begins=begins, status=status, calcom_booking_uid=f"gone{begins}")
    standing.lose(row)
    standing.derive(row, [])
    row.save()
    return row


def waiting(client: Client) -> list[Appointment]:
    return list(client.get(f"{LIST}?attention=decide").context["cl"].result_list)


def test_it_is_booked_again(owner: Client, company: Company) -> None:
    row = orphan(company)
    assert waiting(owner) == [row]
    assert said(owner.post(address(row, "book-again"), form(row))) == ["It is being booked again."]
    row.refresh_from_db()
    assert (row.calcom_booking_uid, Push.objects.get().operation) == ("", Push.Operation.CREATE)
    assert waiting(owner) == []


def test_or_it_is_cancelled(owner: Client, company: Company) -> None:
    row = orphan(company)
    owner.post(address(row, "cancel"), form(row, reason="the customer knows"))
    assert Appointment.objects.get().status == Status.CANCELLED
    assert waiting(owner) == []


@pytest.mark.parametrize(
    ("begins", "status", "expected"),
    [
        (TOMORROW, Status.CONFIRMED, {"book-again", "move", "cancel"}),
        (-TOMORROW, Status.CONFIRMED, {"complete", "absent"}),
        (TOMORROW, Status.CANCELLED, set()),
    ],
)
def test_what_the_page_offers(
    owner: Client, company: Company, begins: timedelta, status: str, expected: set[str]
) -> None:
    assert buttons(owner, orphan(company, begins=begins, status=status)) == expected


def test_with_a_change_that_cannot_be_made_there_are_two_ways_out(owner: Client, company: Company) -> None:
    row = orphan(company)
    pushed(row, Push.State.NEEDS_STAFF, trouble=Push.Trouble.REFUSED)
    assert buttons(owner, row) >= {"book-again", "drop"}


def test_the_page_says_what_to_do(owner: Client, company: Company) -> None:
    text = owner.get(page(orphan(company))).text
    assert "Cal.com does not know this booking any more." in text
    assert "book it again, or cancel it." in text
    assert "It is past: note whether it took place." in owner.get(page(orphan(company, begins=-TOMORROW))).text


def test_what_is_known_there_is_not_booked_again(owner: Client, company: Company) -> None:
    row = appointment(company)
    assert "Only what is not known there any more" in owner.post(address(row, "book-again"), form(row)).text
    assert not Push.objects.exists()


@pytest.mark.parametrize("who", ["auditor", "staff", "stranger"])
def test_nobody_else_books_it_again(as_role: As, stranger: Client, company: Company, who: str) -> None:
    row = orphan(company)
    client = stranger if who == "stranger" else as_role(who)
    assert client.post(address(row, "book-again"), form(row)).status_code == 403
    assert Appointment.objects.get().sync_status == SyncStatus.ORPHANED


def test_a_stale_page_books_nothing(owner: Client, company: Company) -> None:
    row = orphan(company)
    stale = form(row)
    Appointment.objects.update(version=row.version + 1)
    assert "Somebody has changed" in said(owner.post(address(row, "book-again"), stale))[0]
    assert not Push.objects.exists()


def test_what_is_over_and_noted_waits_for_nobody(owner: Client, company: Company) -> None:
    row = orphan(company, begins=-TOMORROW)
    owner.post(address(row, "complete"), form(row))
    assert waiting(owner) == []
