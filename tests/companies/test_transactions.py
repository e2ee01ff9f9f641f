"""What a transactional function writes last, and when it is written."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, DataError, IntegrityError, connection, connections, transaction

from appointments.bulk import Asking, Values, read, read_together, update_at_the_end
from appointments.models import Customer
from companies.transactions import at_the_end, may_be_lost, transactional
from tests.factories import CompanyFactory
from tests.trips import trips

pytestmark = pytest.mark.django_db(transaction=True)


class Undone(Exception):
    """Why a transaction ends badly."""


@pytest.fixture
def customer() -> Customer:
    return Customer.objects.create(company=CompanyFactory.create(), name="Eins")


@pytest.fixture
def renamed(customer: Customer) -> Callable[[str], None]:
    """Have the customer, who is read first, renamed at the end."""

    def rename(name: str) -> None:
        (row,) = read(Customer, "id = %s", customer.pk)
        row.name = name
        update_at_the_end(([row], ["name"]))

    return rename


def name_of(customer: Customer) -> str:
    return Customer.objects.values_list("name", flat=True).get(pk=customer.pk)


def trips_of(work: Callable[[], Any]) -> list[str]:
    """What is sent once everything is prepared."""
    work()
    with trips() as sent:
        work()
    return sent


def test_what_begins_reads_writes_and_commits_takes_two_trips(customer, renamed):
    @transactional
    def work() -> None:
        renamed("Zwei")

    first, second = trips_of(work)
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
        read_together(name)
        customer.name = "Zwei"
        update_at_the_end(([customer], ["name"]), asking=Asking((name, name), lambda *rows: found.append(rows)))

    assert len(trips_of(work)) == 2
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
        _first, last = trips_of(work)
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
        cursor.execute("RESET synchronous_commit")
    assert last.endswith("SET LOCAL synchronous_commit TO off; COMMIT")


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


def test_a_first_statement_that_fails_leaves_the_block_atomic(customer):
    with suppress(Undone), transaction.atomic():
        with suppress(DataError, ValueError):
            read(Customer, "name = %s", "a\x00b")  # refused by psycopg: nothing was sent, not even BEGIN
        Customer.objects.filter(pk=customer.pk).update(name="Zwei")
        raise Undone
    assert name_of(customer) == "Eins"


def test_rows_can_be_locked_by_a_named_cursor_after_a_prepared_statement(customer):
    with transaction.atomic():
        read(Customer, "id = %s", customer.pk)
        assert list(Customer.objects.select_for_update().iterator(chunk_size=10)) == [customer]


def test_what_is_written_before_anything_was_asked_is_in_the_transaction(customer):
    @transactional
    def work() -> None:
        customer.name = "Zwei"
        update_at_the_end(([customer], ["name"]))
        read(Customer, "id = %s", customer.pk)
        raise Undone

    with pytest.raises(Undone):
        work()
    assert name_of(customer) == "Eins"


def test_an_error_of_the_ending_that_somebody_swallowed_is_raised_at_the_end(customer):
    told: list[str] = []

    @transactional
    def work() -> None:
        Customer.objects.filter(pk=customer.pk).update(name="Zwei")
        transaction.on_commit(lambda: told.append("committed"))
        at_the_end(lambda _then: _duplicate())
        with suppress(IntegrityError), transaction.atomic():
            pass

    with pytest.raises(IntegrityError):
        work()
    assert (name_of(customer), told) == ("Eins", [])


def test_another_kind_of_transaction_is_begun_as_its_settings_say(customer):
    raw = connection.connection
    raw.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            read(Customer, "id = %s", customer.pk)
            cursor.execute("SHOW transaction_isolation")
            assert cursor.fetchone() == ("serializable",)
    finally:
        raw.isolation_level = None


@pytest.mark.parametrize("is_first", [True, False])
def test_a_statement_that_was_forgotten_meanwhile_is_prepared_in_another_try(customer, renamed, is_first):
    tries: list[str] = []

    @transactional
    def work() -> None:
        tries.append("one")
        if not is_first:
            read(Customer, "id = %s", customer.pk)
        if len(tries) == 2:
            with connection.cursor() as cursor:
                cursor.execute("DEALLOCATE ALL")
        read(Customer, "id = %s", customer.pk)
        renamed("Zwei")

    work()
    work()
    assert (len(tries), name_of(customer)) == (3, "Zwei")
    assert connection.connection.autocommit


def test_a_connection_that_dies_before_the_last_trip_leaves_nothing_behind(customer, renamed):
    @transactional
    def work() -> None:
        read(Customer, "id = %s", customer.pk)
        other = connections.create_connection("default")
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 2000)", [connection.connection.info.backend_pid])
        other.close()
        renamed("Zwei")

    with pytest.raises(DatabaseError):
        work()
    assert (name_of(customer), connection.execute_wrappers) == ("Eins", [])
