"""A million appointments, written by SQL: what a large company has after years."""

from __future__ import annotations

from django.db import connection

from bench.api_world import World

_PEOPLE = 20_000
_STAFF, _SERVICES, _BRANCHES = 16, 16, 3
_STEP_MIN = 10

_CUSTOMERS = """
INSERT INTO appointments_customer (company_id, uuid, name, email, phone, language, notes, created_at)
SELECT %(company)s, gen_random_uuid(), 'Karla Kundin ' || n, 'karla.' || n || '@example.com', '', 'de', '', now()
FROM generate_series(%(first)s, %(last)s) AS n"""

_REGULAR = """
INSERT INTO appointments_customer (company_id, uuid, name, email, phone, language, notes, created_at)
VALUES (%(company)s, gen_random_uuid(), 'Zora Zopf', 'zora@example.com', '', 'de', '', now())"""

# Some of everything: one of ten is cancelled, one of a thousand waits for staff, one of twenty is a video call. The
# starts go from the past into the future, so that "now" lies in the middle.
_APPOINTMENTS = """
INSERT INTO appointments_appointment (
    company_id, uuid, reference, branch_id, staff_id, service_id, customer_id, title, starts_at, ends_at,
    booking_time_zone, status, told_status, source, sync_origin, calcom_booking_uid, ical_uid, responses,
    booking_metadata, hosts, payload, location_type, location_value, meeting_url, recording_url, is_seated,
    is_recurring, recurring_event_id, cancellation_reason, rejected_reason, cancelled_by, rescheduled_by,
    reschedule_count, booked_currency, booked_service_name, booked_staff_name, booked_customer_name, sync_status,
    sync_attempts, sync_error, requires_manual_review, is_double_booked, version, news, created_at, updated_at)
SELECT %(company)s, gen_random_uuid(), gen_random_uuid(), branches[1 + n %% cardinality(branches)],
    staff[1 + n %% cardinality(staff)], services[1 + n %% cardinality(services)],
    CASE WHEN n <= 1000 AND n %% 16 = 0 THEN people[1]
        ELSE people[2 + (n * 7919::bigint) %% (cardinality(people) - 1)] END,
    'Schnitt', start, start + interval '30 minutes',
    'Europe/Berlin', state, state, 'calcom', 'calcom', 'uid' || n, '', '{"notes": {"label": "notes", "value": "kurz"}}',
    '{}', '[]', jsonb_build_object('padding', repeat('x', 1500)),
    CASE WHEN n %% 20 = 0 THEN 'video' ELSE 'in_person' END, 'Musterstraße 1', '', '', false, false, '', '', '', '', '',
    0, 'EUR', 'Schnitt', 'Stylist', 'Karla Kundin',
    CASE WHEN n %% 1000 = 0 THEN 'needs_staff' ELSE 'synced' END, 0, '', false, false, 1, '{}', now(), now()
FROM (
    SELECT n, now() + (n - %(middle)s) * interval '1 minute' * %(step)s AS start,
        CASE WHEN n %% 10 = 0 THEN 'cancelled' WHEN n %% 500 = 1 THEN 'pending' ELSE 'confirmed' END AS state
    FROM generate_series(%(first)s, %(last)s) AS n
) AS numbers, (
    SELECT
        (SELECT array_agg(id) FROM companies_branch WHERE company_id = %(company)s) AS branches,
        (SELECT array_agg(id) FROM companies_staff WHERE company_id = %(company)s) AS staff,
        (SELECT array_agg(id) FROM appointments_service WHERE company_id = %(company)s) AS services,
        (SELECT array_agg(id ORDER BY id) FROM appointments_customer WHERE company_id = %(company)s) AS people
) AS rows"""

_ATTENDEES = """
INSERT INTO appointments_attendee (
    company_id, appointment_id, customer_id, position, name, email, phone, time_zone, locale, is_guest, state, seat_uid,
    leaving_reason, no_show, responses)
SELECT company_id, id, customer_id, 0, 'Karla Kundin', 'karla@example.com', '', '', 'de', false, 'active', '',
    '', false, '{}'
FROM appointments_appointment AS one
WHERE NOT EXISTS (SELECT FROM appointments_attendee WHERE appointment_id = one.id)"""


def furnish(world: World) -> None:
    """More branches, staff, services and people for the company."""
    company = {"company": world.company.pk}
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO companies_branch (company_id, name, street, postal_code, city, country, time_zone, hours,"
            " is_active) SELECT %(company)s, 'Filiale ' || n, '', '', '', 'DE', 'Europe/Berlin', '{}', true"
            f" FROM generate_series(2, {_BRANCHES}) AS n",
            company,
        )
        cursor.execute(
            "INSERT INTO companies_staff (company_id, name, email, phone, color, is_active, is_bookable)"
            f" SELECT %(company)s, 'Stylist ' || n, '', '', '#3788d8', true, true FROM generate_series(2, {_STAFF}) n",
            company,
        )
        cursor.execute(
            "INSERT INTO appointments_service (company_id, name, description, duration_min, buffer_before_min,"
            " buffer_after_min, notice_min, currency, requires_confirmation, is_active)"
            " SELECT %(company)s, 'Service ' || n, '', 30, 0, 0, 0, 'EUR', false, true"
            f" FROM generate_series(2, {_SERVICES}) n",
            company,
        )
        cursor.execute(_REGULAR, company)
        cursor.execute(_CUSTOMERS, {**company, "first": 1, "last": _PEOPLE})


def write(world: World, *, first: int, last: int) -> None:
    """The appointments with these numbers, each with one attendee."""
    numbers = {"company": world.company.pk, "first": first, "last": last, "middle": last // 2, "step": _STEP_MIN}
    with connection.cursor() as cursor:
        cursor.execute(_APPOINTMENTS, numbers)
        cursor.execute(_ATTENDEES)
        cursor.execute("VACUUM ANALYZE appointments_appointment")
        cursor.execute("VACUUM ANALYZE appointments_attendee")
        cursor.execute("ANALYZE appointments_customer")
        cursor.execute("CHECKPOINT")
