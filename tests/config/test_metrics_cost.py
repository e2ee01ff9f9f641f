"""A scrape costs as much on many rows as on few: every table is read by an index, and no further than needed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from appointments.backlog import by_sync_status
from companies.models import Company
from tests.config.scrape import scrape
from tests.factories import CompanyFactory

MANY = 30_000
BIG = {"webhooks_webhookevent", "appointments_push", "appointments_appointment"}

_APPOINTMENTS = """
INSERT INTO appointments_appointment (
    company_id, uuid, reference, title, starts_at, ends_at, booking_time_zone, status, told_status, source, sync_origin,
    calcom_booking_uid, ical_uid, responses, booking_metadata, hosts, payload, location_type, location_value,
    meeting_url, recording_url, is_seated, is_recurring, recurring_event_id, cancellation_reason, rejected_reason,
    cancelled_by, rescheduled_by, reschedule_count, booked_currency, booked_service_name, booked_staff_name,
    booked_customer_name, sync_status, sync_attempts, sync_error, requires_manual_review, is_double_booked, version,
    news, created_at, updated_at)
SELECT companies[1 + n %% cardinality(companies)], gen_random_uuid(), gen_random_uuid(), '', now(),
    now() + interval '1 hour', 'Europe/Berlin', 'confirmed', 'confirmed', 'calcom', 'calcom', 'uid' || n, '', '{}',
    '{}', '[]', '{}', '', '', '', '', false, false, '', '', '', '', '', 0, '', '', '', '',
    CASE WHEN n %% 1000 = 0 THEN 'orphaned' ELSE 'synced' END, 0, '', false, false, 1, '{}', now(), now()
FROM generate_series(1, %s) AS n, (SELECT array_agg(id) AS companies FROM companies_company) AS them
"""
_PUSHES = """
INSERT INTO appointments_push (
    company_id, appointment_id, operation, version, reference, wanted, told, is_compensation, state, trouble, error,
    attempts, looks, next_at, reason, side, created_at, finished_at)
SELECT company_id, id, 'create', 1, gen_random_uuid(), '{}', '{}', false,
    CASE WHEN id % 500 = 0 THEN 'pending' WHEN id % 500 = 1 THEN 'needs_staff' ELSE 'done' END,
    CASE WHEN id % 1000 = 0 THEN 'not_connected' ELSE '' END, '', 0, 0, now(), '', 'portal', now(),
    CASE WHEN id % 500 < 2 THEN NULL ELSE now() END
FROM appointments_appointment
"""
_DELIVERIES = """
INSERT INTO webhooks_webhookevent (
    delivery_id, company_id, body, trigger, booking_uid, state, reason, reason_data, waits_for, attempts, received_at)
SELECT gen_random_uuid(), company_id, 'x', 'BOOKING_CREATED', '', CASE WHEN id % 700 = 0 THEN 'pending' ELSE 'done' END,
    '', '{}', '', 0, now() - interval '1 second' * id
FROM appointments_appointment
"""


@pytest.fixture
def many(db: None) -> Company:
    """Twenty companies, one of them off, with many rows of each kind; the statistics are what ANALYZE makes of them."""
    CompanyFactory.create_batch(19)
    CompanyFactory.create(is_active=False)
    with connection.cursor() as cursor:
        cursor.execute(_APPOINTMENTS, [MANY])
        cursor.execute(_PUSHES)
        cursor.execute(_DELIVERIES)
        cursor.execute("ANALYZE")
    return Company.objects.earliest("pk")


def scans(plan: dict[str, Any]) -> list[tuple[str, str]]:
    """How each table is read."""
    own = [(plan["Relation Name"], plan["Node Type"])] if "Relation Name" in plan else []
    return own + [one for child in plan.get("Plans", []) for one in scans(child)]


def plans_of(queries: CaptureQueriesContext) -> list[tuple[str, str]]:
    """How the big tables were read in all of these queries."""
    found: list[tuple[str, str]] = []
    with connection.cursor() as cursor:
        for query in queries.captured_queries:
            if query["sql"].lstrip().startswith(("SELECT", "WITH")):
                cursor.execute(f"EXPLAIN (FORMAT JSON) {query['sql']}")
                [told] = cursor.fetchone() or [None]
                [plan] = told if isinstance(told, list) else json.loads(told)
                found += [one for one in scans(plan["Plan"]) if one[0] in BIG]
    return found


def test_no_table_is_read_from_end_to_end(client: Client, many: Company):
    with CaptureQueriesContext(connection) as queries:
        told = scrape(client)
    assert told["slotkeeper_database_up"] == 1
    assert told["slotkeeper_appointments_orphaned"] == 30
    ways = plans_of(queries)
    # Of orphans and of what is to be processed, both few, the rows themselves are looked at: 10,000 at most.
    assert set(ways) == {
        ("webhooks_webhookevent", "Index Scan"),
        ("appointments_appointment", "Index Scan"),
        ("appointments_push", "Index Only Scan"),
    }


def test_nor_for_one_company(many: Company):
    with CaptureQueriesContext(connection) as queries:
        told = by_sync_status(many)
    assert (told["orphaned"], sum(told.values())) == (30, MANY / 20)
    assert "Seq Scan" not in {way for _, way in plans_of(queries)}


def test_the_number_of_queries_does_not_grow_with_companies_and_rows(client: Client, many: Company):
    scrape(client)
    with CaptureQueriesContext(connection) as queries:
        scrape(client)
    assert len(queries) <= 8
