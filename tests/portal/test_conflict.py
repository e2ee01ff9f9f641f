"""Both sides have changed an appointment: the page that shows both versions, and decides."""

import pytest
from django.test import Client
from django.utils import timezone

from appointments.models import Appointment, Push
from appointments.models.appointment import Status, SyncStatus
from appointments.wishes import State, Wish, stored
from companies.models import Company
from tests.portal.conftest import As
from tests.portal.desk import (
    LIST,
    NINE,
    NOON,
    TEN,
    address,
    appointment,
    buttons,
    form,
    in_conflict,
    page,
    pushed,
    said,
)


@pytest.fixture
def row(company: Company) -> Appointment:
    return in_conflict(company)


def test_both_versions_stand_beside_each_other(owner: Client, row: Appointment) -> None:
    answer = owner.get(address(row, "conflict"))
    start = answer.context["table"].rows[0]
    assert [str(cell) for cell in start[:2]] == ["Start", "Tue 8 Dec 2026, 10:00"]
    assert start[2] == '<strong class="sk-amber">Tue 8 Dec 2026, 11:00</strong>'
    assert start[3] == '<strong class="sk-amber">Tue 8 Dec 2026, 13:00</strong>'


def test_what_is_the_same_does_not_stand_out(owner: Client, row: Appointment) -> None:
    rows = owner.get(address(row, "conflict")).context["table"].rows
    status = next(cells for cells in rows if cells[0] == "Status")
    assert status[2:] == ["confirmed", "confirmed"]


def test_ours_counts(owner: Client, row: Appointment) -> None:
    answer = owner.post(address(row, "conflict"), form(row, side="ours"))
    row.refresh_from_db()
    assert (answer.headers["Location"], said(answer)) == (page(row), ["Ours counts, and is being sent."])
    assert (row.starts_at, row.sync_status) == (TEN, SyncStatus.PENDING)


def test_theirs_counts(owner: Client, row: Appointment) -> None:
    owner.post(address(row, "conflict"), form(row, side="theirs"))
    row.refresh_from_db()
    assert (row.starts_at, row.sync_status) == (NOON, SyncStatus.SYNCED)
    assert not Push.objects.filter(finished_at=None).exists()


def test_a_stale_page_decides_nothing(owner: Client, row: Appointment) -> None:
    stale = form(row, side="theirs")
    Appointment.objects.filter(pk=row.pk).update(version=row.version + 1)
    answer = owner.post(address(row, "conflict"), stale, follow=True)
    assert "Somebody has changed this appointment meanwhile." in answer.text
    assert Appointment.objects.get(pk=row.pk).starts_at == TEN


@pytest.mark.parametrize("values", [{"side": "both"}, {"side": "ours", "version": "x"}, {"version": 1}])
def test_half_a_decision_is_none(owner: Client, row: Appointment, values: dict[str, object]) -> None:
    assert owner.post(address(row, "conflict"), values).status_code == 200
    assert Push.objects.get().state == Push.State.CONFLICT


@pytest.mark.parametrize("who", ["auditor", "staff", "stranger"])
def test_nobody_else_decides(as_role: As, stranger: Client, row: Appointment, who: str) -> None:
    client = stranger if who == "stranger" else as_role(who)
    assert client.get(address(row, "conflict")).status_code == 403
    assert client.post(address(row, "conflict"), form(row, side="theirs")).status_code == 403
    assert Appointment.objects.get(pk=row.pk).starts_at == TEN


def test_before_it_is_decided_it_can_only_be_cancelled(owner: Client, row: Appointment) -> None:
    assert buttons(owner, row) == {"conflict", "cancel"}


def test_without_a_conflict_there_is_nothing_to_decide(owner: Client, company: Company) -> None:
    calm = appointment(company)
    answer = owner.get(address(calm, "conflict"))
    assert (answer.headers["Location"], said(answer)) == (page(calm), ["There is no conflict to decide."])


def test_what_was_confirmed_there_cannot_be_declined(owner: Client, company: Company) -> None:
    row = appointment(company, status=Status.REJECTED, starts_at=NINE)
    theirs = State(starts_at=NINE, ends_at=TEN, status=Status.CONFIRMED, as_of=timezone.now())
    pushed(row, Push.State.CONFLICT, Push.Operation.DECLINE, told=stored(theirs))
    text = owner.get(address(row, "conflict")).text
    assert "What was confirmed there cannot be declined any more" in text
    assert "Keep ours" not in text
    assert 'value="theirs"' in text


def test_absences_are_compared_by_person(owner: Client, company: Company) -> None:
    row = appointment(company, starts_at=NINE)
    email = row.attendees.get().email
    row.attendees.update(no_show=True)
    wish = Wish(absences={email: True}).as_json()
    operation, told = Push.Operation.MARK_ABSENT, {"absences": {email: False}}
    pushed(row, Push.State.CONFLICT, operation, wanted=wish, told=told, created_at=timezone.now())
    cells = owner.get(address(row, "conflict")).context["table"].rows[0]
    assert [str(cells[0]), cells[1]] == ["Ada Kühn", "–"]
    assert "did not come" in cells[2]
    assert ">came<" in cells[3]


def test_who_has_a_phone_number_only_is_shown_too(owner: Client, company: Company) -> None:
    row = appointment(company)
    row.attendees.update(email="", phone="+4930123456", no_show=True)
    wish = Wish(absences={"+4930123456": True}).as_json()
    operation, told = Push.Operation.MARK_ABSENT, {"absences": {"+4930123456": False}}
    pushed(row, Push.State.CONFLICT, operation, wanted=wish, told=told)
    assert len(owner.get(address(row, "conflict")).context["table"].rows) == 1


def test_the_list_of_what_waits_says_why_and_what_to_do(owner: Client, row: Appointment) -> None:
    refused = appointment(row.company)
    push = Push.State.NEEDS_STAFF
    pushed(refused, push, Push.Operation.CONFIRM, trouble=Push.Trouble.REFUSED, error="Not <allowed>")
    lost = appointment(row.company, sync_status=SyncStatus.ORPHANED)
    answer = owner.get(f"{LIST}?attention=decide")
    assert {one.pk for one in answer.context["cl"].result_list} == {row.pk, refused.pk, lost.pk}
    for words in (
        "it was changed there too.",
        "Compare both versions, and decide which counts.",
        "Confirming it there",
        "Cal.com refuses.",
        "Not &lt;allowed&gt;",
        "or drop the change.",
        "Cal.com does not know this booking any more.",
    ):
        assert words in answer.text


def test_the_list_of_what_waits_takes_few_queries(owner, company, django_assert_max_num_queries) -> None:
    for number in range(20):
        in_conflict(company, uid=f"b{number}")
    with django_assert_max_num_queries(13):
        answer = owner.get(f"{LIST}?attention=conflict")
    assert len(answer.context["cl"].result_list) == 20


def test_strangers_see_nothing_that_waits(stranger: Client, row: Appointment) -> None:
    assert not stranger.get(f"{LIST}?attention=decide").context["cl"].result_list
