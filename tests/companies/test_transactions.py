"""What a transactional function writes last, and when it is written."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from appointments.bulk import Asking, Values, read, update_at_the_end
from appointments.models import Customer
from companies.transactions import at_the_end, may_be_lost, transactional
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db(transaction=True)


class Undone(Exception):
    """Why a transaction ends badly."""


@pytest.fixture
def customer() -> Customer:
    return Customer.objects.create(company=CompanyFactory.create(), name="Eins")


@pytest.fixture
def renamed(customer: Customer) -> Callable[[str], None]:
    """Have the customer's name changed at the end."""

    def rename(name: str) -> None:
        customer.name = name
        update_at_the_end(([customer], ["name"]))

    return rename


def name_of(customer: Customer) -> str:
    return Customer.objects.values_list("name", flat=True).get(pk=customer.pk)


def trips(work: Callable[[], Any]) -> list[str]:
    """What goes over the wire, once everything is prepared: libpq tells it."""
    work()
    with tempfile.TemporaryFile("w+") as told:
        raw = connection.connection.pgconn
        raw.trace(told.fileno())
        work()
        raw.untrace()
        told.seek(0)
        return [line.split('"', 1)[1].rstrip('"\n') for line in told if "\tQuery\t" in line]


def test_what_begins_reads_writes_and_commits_takes_two_trips(customer, renamed):
    @transactional
    def work() -> None:
        read(Customer, "id = %s", customer.pk)
        renamed("Zwei")

    first, second = trips(work)
    assert first.startswith("BEGIN; EXECUTE select_appointments_customer")
    assert second.startswith("EXECUTE update_appointments_customer")
    assert second.endswith("; COMMIT")
    assert name_of(customer) == "Zwei"
    assert connection.get_autocommit()


def test_what_is_asked_before_the_end_sees_what_was_to_be_written_at_the_end(customer, renamed):
    @transactional
    def work() -> str:
        renamed("Zwei")
        return name_of(customer)

    assert work() == "Zwei"
    assert name_of(customer) == "Zwei"


def test_the_order_of_two_endings_is_kept(customer, renamed):
    @transactional
    def work() -> None:
        renamed("Zwei")
        renamed("Drei")

    work()
    assert name_of(customer) == "Drei"


def test_what_is_to_be_read_at_the_end_is_read_with_it(customer, renamed):
    found: list[Any] = []

    @transactional
    def work() -> None:
        name = Values("SELECT name FROM appointments_customer WHERE id = %s", (customer.pk,))
        customer.name = "Zwei"
        update_at_the_end(([customer], ["name"]), asking=Asking((name, name), lambda *rows: found.append(rows)))

    assert len(trips(work)) == 1
    assert found == [([("Zwei",)], [("Zwei",)])] * 2


def test_an_error_takes_what_was_to_be_written_along(customer, renamed):
    @transactional
    def work() -> None:
        renamed("Zwei")
        raise Undone

    with pytest.raises(Undone):
        work()
    assert name_of(customer) == "Eins"


def test_what_is_rolled_back_on_purpose_is_not_committed(customer, renamed):
    @transactional
    def work() -> None:
        renamed("Zwei")
        transaction.set_rollback(True)

    work()
    assert name_of(customer) == "Eins"


def test_an_error_of_the_last_trip_rolls_everything_back(customer):
    @transactional
    def work() -> None:
        Customer.objects.filter(pk=customer.pk).update(name="Zwei")
        customer.company_id = 0  # nobody has that: the constraint is looked at by the COMMIT
        update_at_the_end(([customer], ["company"]))

    with pytest.raises(IntegrityError):
        work()
    assert name_of(customer) == "Eins"


def test_what_waits_for_the_commit_comes_after_it(customer, renamed):
    seen: list[bool] = []

    @transactional
    def work() -> None:
        transaction.on_commit(lambda: seen.append(connection.in_atomic_block))
        renamed("Zwei")
        assert not seen

    work()
    assert seen == [False]


def test_in_an_inner_transaction_it_is_written_at_once(customer, renamed):
    @transactional
    def work() -> None:
        with suppress(Undone), transaction.atomic():
            renamed("Zwei")
            raise Undone
        assert name_of(customer) == "Eins"
        with transaction.atomic():
            renamed("Drei")

    work()
    assert name_of(customer) == "Drei"


def test_in_somebody_elses_transaction_it_is_written_at_once_and_not_committed(customer, renamed):
    inner = transactional(lambda: renamed("Zwei"))
    with suppress(Undone), transaction.atomic():
        inner()
        assert name_of(customer) == "Zwei"
        raise Undone
    assert name_of(customer) == "Eins"


def test_without_a_transaction_it_is_written_at_once(customer, renamed):
    renamed("Zwei")
    assert name_of(customer) == "Zwei"


def test_what_may_be_lost_does_not_wait_for_the_disk_and_the_next_one_does(customer, renamed):
    @transactional
    def work() -> None:
        may_be_lost()
        renamed("Zwei")

    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO on")
        (only,) = trips(work)
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
        cursor.execute("RESET synchronous_commit")
    assert only.endswith("SET LOCAL synchronous_commit TO off; COMMIT")


def test_one_that_met_another_is_done_again_whole(customer, renamed):
    tries: list[str] = []

    @transactional
    def work() -> None:
        tries.append(name_of(customer))
        renamed("Zwei")
        if len(tries) == 1:
            at_the_end(lambda _then: _duplicate())

    work()
    assert tries == ["Eins", "Eins"]
    assert name_of(customer) == "Zwei"


def _duplicate() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO companies_company SELECT * FROM companies_company LIMIT 1")
