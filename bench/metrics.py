"""What a scrape of `/metrics` costs with everything in the tables, against one of an empty installation."""

from __future__ import annotations

import http.client
import os
import statistics
import time
from pathlib import Path

from django.db import connection
from django_redis import get_redis_connection

from bench.report import Row, Table, progress
from bench.stack import gunicorn
from companies.models import Company

COMPANIES = 200
_WARMING = 10
_TABLES = ("appointments_appointment", "appointments_push", "webhooks_webhookevent")

# Of a thousand appointments two are not settled with Cal.com; of a hundred, one delivery is still to be processed.
_APPOINTMENTS = """
INSERT INTO appointments_appointment (
    company_id, uuid, reference, title, starts_at, ends_at, booking_time_zone, status, told_status, source, sync_origin,
    calcom_booking_uid, ical_uid, responses, booking_metadata, hosts, payload, location_type, location_value,
    meeting_url, recording_url, is_seated, is_recurring, recurring_event_id, cancellation_reason, rejected_reason,
    cancelled_by, rescheduled_by, reschedule_count, booked_currency, booked_service_name, booked_staff_name,
    booked_customer_name, sync_status, sync_attempts, sync_error, requires_manual_review, is_double_booked, version,
    news, created_at, updated_at)
SELECT companies[1 + n %% cardinality(companies)], gen_random_uuid(), gen_random_uuid(), 'Schnitt', start,
    start + interval '30 minutes', 'Europe/Berlin', 'confirmed', 'confirmed', 'calcom', 'calcom', 'uid' || n, '', '{}',
    '{}', '[]', jsonb_build_object('padding', repeat('x', 1500)), 'in_person', 'Musterstraße 1', '', '', false, false,
    '', '', '', '', '', 0, 'EUR', 'Schnitt', 'Stylist', 'Karla Kundin',
    CASE WHEN n %% 1000 = 0 THEN 'orphaned' WHEN n %% 1000 = 1 THEN 'pending' ELSE 'synced' END, 0, '', false, false, 1,
    '{}', now(), now()
FROM (SELECT n, now() + n * interval '1 minute' AS start FROM generate_series(%(first)s, %(last)s) AS n) AS numbers,
    (SELECT array_agg(id) AS companies FROM companies_company) AS them
"""
_PUSHES = """
INSERT INTO appointments_push (
    company_id, appointment_id, operation, version, reference, wanted, told, is_compensation, state, trouble, error,
    attempts, looks, next_at, reason, side, created_at, finished_at)
SELECT company_id, id, 'create', 1, gen_random_uuid(), '{}', '{}', false,
    CASE WHEN id % 500 = 0 THEN 'pending' WHEN id % 500 = 1 THEN 'needs_staff' ELSE 'done' END, '', '', 0, 0, now(), '',
    'portal', now(), CASE WHEN id % 500 < 2 THEN NULL ELSE now() END
FROM appointments_appointment WHERE id % 2 = 0
"""
_DELIVERIES = """
INSERT INTO webhooks_webhookevent (
    delivery_id, company_id, body, trigger, booking_uid, state, reason, reason_data, waits_for, attempts, received_at)
SELECT gen_random_uuid(), company_id, 'x', 'BOOKING_CREATED', '', CASE WHEN id % 100 = 0 THEN 'pending' ELSE 'done' END,
    '', '{}', '', 0, now() - interval '1 second' * (id % 90000)
FROM appointments_appointment
"""


def measure(directory: Path, *, rounds: int, many: int) -> Table:
    """`rounds` scrapes of an empty installation, as many of a full one, and again of an empty one.

    Medians count, and of the two empty ones the faster.
    """
    counters = directory / "metrics"
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counters)
    try:
        with gunicorn("config.wsgi:application", directory) as port:
            empty_ms = _scraped(port, rounds, companies=0)
            progress(f"empty: {statistics.median(empty_ms):.1f} ms")
            _fill(many)
            before = _scans()
            full_ms = _scraped(port, rounds, companies=COMPANIES)
            scans = _scans() - before
            _empty()
            again_ms = _scraped(port, rounds, companies=0)
            progress(f"empty again: {statistics.median(again_ms):.1f} ms")
    finally:
        del os.environ["PROMETHEUS_MULTIPROC_DIR"]
    empty, full = min(map(statistics.median, (empty_ms, again_ms))), statistics.median(full_ms)
    return Table(
        f"Scrape of /metrics: {many:,} appointments and deliveries, {COMPANIES} companies, {rounds} scrapes each",
        [
            Row("empty", f"{empty:.1f} ms"),
            Row("full", f"{full:.1f} ms"),
            Row.at_most("full / empty", full / empty, 10.0),
            Row.at_most("scans of whole tables meanwhile", scans, 0),
        ],
    )


def _scraped(port: int, rounds: int, *, companies: int) -> list[float]:
    """Milliseconds, each on a connection of its own; each has to tell of so many companies, and of both servers."""
    wanted = (
        "slotkeeper_database_up 1.0",
        "slotkeeper_redis_up 1.0",
        f'slotkeeper_companies_with_key{{usable="yes"}} {companies}.0',
        f'slotkeeper_calcom_circuits{{state="closed"}} {companies}.0',
    )
    return [_scrape(port, wanted) for _ in range(_WARMING + rounds)][_WARMING:]


def _scrape(port: int, wanted: tuple[str, ...]) -> float:
    started = time.monotonic()
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    asking.request("GET", "/metrics")
    answer = asking.getresponse()
    text = answer.read().decode()
    asking.close()
    took_ms = (time.monotonic() - started) * 1000
    missing = [line for line in wanted if line not in text]
    if answer.status != http.client.OK or missing:
        raise RuntimeError(f"The scrape failed: {answer.status}, without {missing}")
    return took_ms


def _fill(many: int) -> None:
    get_redis_connection("default").flushdb()
    Company.objects.bulk_create(
        Company(name=f"Bench {number}", slug=f"bench-{number}", calcom_api_key=f"cal_live_bench{number:04d}")
        for number in range(COMPANIES)
    )
    step = 100_000
    with connection.cursor() as cursor:
        for first in range(1, many + 1, step):
            cursor.execute(_APPOINTMENTS, {"first": first, "last": min(first + step - 1, many)})
            progress(f"{min(first + step - 1, many):,} appointments")
        cursor.execute(_PUSHES)
        cursor.execute(_DELIVERIES)
        for table in _TABLES:
            cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("CHECKPOINT")


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE companies_company, {', '.join(_TABLES)} CASCADE")
        cursor.execute("CHECKPOINT")


def _scans() -> int:
    """How often one of the big tables was read from end to end so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname = ANY(%s)", [list(_TABLES)])
        (scans,) = cursor.fetchone() or (0,)
    return int(scans)
