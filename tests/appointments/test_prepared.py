"""Statements that a connection prepares once."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import DataError, ProgrammingError, connection, transaction

from appointments.bulk import Values, insert, read, read_together, update
from appointments.models import Customer
from companies.models import Company
from companies.transactions import transactional
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db


def divided(by: int) -> Any:
    """Twelve divided by it, asked for behind another statement."""
    others, ((quotient,),) = read_together(
        Values("SELECT id FROM companies_company WHERE id = %s", (0,)), Values("SELECT 12 / %s::int", (by,))
    )
    assert others == []
    return quotient


def prepared() -> dict[str, str]:
    """What this connection has prepared in this way, by name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, statement FROM pg_prepared_statements WHERE from_sql")
        return dict(cursor.fetchall())


def test_a_statement_is_prepared_once_and_answers_each_time_anew():
    divided(1)
    known = prepared()
    assert any("12 / $1::int" in text for text in known.values())
    assert [divided(by) for by in (1, 2, 3, 4, 6, 12, 1)] == [12, 6, 4, 3, 2, 1, 12]
    assert prepared() == known


@pytest.mark.django_db(transaction=True)
def test_what_failed_when_it_was_prepared_is_asked_again():
    connection.close()
    for _ in range(2):
        with pytest.raises(DataError), transaction.atomic():
            divided(0)
    assert divided(3) == 4


@pytest.mark.django_db(transaction=True)
def test_what_is_prepared_survives_a_roll_back_on_a_connection_of_which_psycopg_was_asked_to_prepare():
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute("SELECT 1", prepare=True)
    divided(3)
    known = prepared()
    with transaction.atomic():
        divided(3)
        transaction.set_rollback(True)
    assert (divided(3), prepared()) == (4, known)


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_prepares_anew():
    divided(2)
    connection.close()
    assert prepared() == {}
    assert divided(2) == 6


def test_rows_survive_the_way_there_and_back():
    company = CompanyFactory.create()
    name = "O'Hara 100 % $1; -- „Größe“ \\ \n %s"
    rows = [Customer(company=company, name=name), Customer(company=company, name="Zwei")]
    insert(rows)
    rows[1].name = name + "2"
    update(rows, ["name"])
    assert {name.rpartition("_")[0] for name in prepared()} >= {
        "insert_appointments_customer",
        "update_appointments_customer",
    }
    found = read(Customer, "company_id = %s ORDER BY id", company.pk)
    assert [row.name for row in found] == [name, name + "2"]


def test_a_column_that_a_migration_adds_meanwhile_does_no_harm():
    rows = [Customer(company=CompanyFactory.create(), name="Eins")]
    insert(rows)
    update(rows, ["name"])
    assert read(Customer, "id = %s", rows[0].pk) == rows
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE appointments_customer ADD COLUMN later integer DEFAULT 1")
    rows[0].name = "Zwei"
    update(rows, ["name"])
    insert([Customer(company=rows[0].company, name="Drei")])
    found = read(Customer, "company_id = %s ORDER BY id", rows[0].company_id)
    assert [row.name for row in found] == ["Zwei", "Drei"]


@pytest.mark.django_db(transaction=True)
def test_what_somebody_has_discarded_is_prepared_anew():
    divided(3)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    with pytest.raises(ProgrammingError):
        divided(3)
    assert divided(3) == 4


@pytest.mark.django_db(transaction=True)
def test_a_column_that_becomes_wider_meanwhile_costs_one_more_try():
    company = CompanyFactory.create()
    reading = transactional(lambda: read(Company, "id = %s", company.pk))
    assert reading() == [company]
    length = Company._meta.get_field("name").max_length or 0
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE companies_company ALTER COLUMN name TYPE varchar({length + 10})")
        assert reading() == [company]
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE companies_company ALTER COLUMN name TYPE varchar({length})")


def test_one_row_is_planned_as_one_and_not_as_a_set_to_join_the_whole_table_with():
    company = CompanyFactory.create()
    rows = [Customer(company=company, name=str(number)) for number in range(3000)]
    insert(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE appointments_customer")
    update(rows[:1], ["name"])
    name = next(name for name, text in prepared().items() if "appointments_customer" in name and "LIMIT 1" in text)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"EXPLAIN EXECUTE {name}('[]')")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Nested Loop" in plan, plan
