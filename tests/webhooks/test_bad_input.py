"""Bodies with a good signature and poison in them: each ends with a reason, and the others go on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection

from appointments.models import Appointment, AppointmentChange, Attendee, Customer
from tests.deliveries.bodies import created, encode, seats_cancelled
from tests.deliveries.cast import COURSE, Booking
from webhooks.drain import drain_batch
from webhooks.models import WebhookEvent
from webhooks.reasons import shown
from webhooks.tasks import drain_all

GOOD = Booking("good", 99)


def bad(**payload: Any) -> bytes:
    """A booking with something wrong in its payload; ASCII-only, so that escapes survive."""
    body = created(Booking("bad", 1), "09:00")
    body["payload"] |= payload
    return json.dumps(body).encode()


def nested(depth: int) -> dict[str, Any]:
    return {"a": nested(depth - 1)} if depth > 1 else {}


def end_of(deliver: Any, body: object) -> WebhookEvent:
    assert deliver(body).status_code == 200
    drain_all()
    return WebhookEvent.objects.get()


@pytest.mark.parametrize(
    "body",
    [
        b"{not json",
        b"\xff\xfe\x00broken",
        b"false",
        b"[]",
        b"42",
        b'"just a text"',
        b'{"title":"a template without a trigger"}',
        b'{"triggerEvent":7,"payload":{}}',
        b"[" * 100_000,
        b'{"triggerEvent":"BOOKING_CREATED","payload":{"price":NaN}}',
        b'{"triggerEvent":"X\xed\xa0\x80","payload":{}}',
        '{"triggerEvent":"X\\u0000"}'.encode("utf-16"),
        b'{"triggerEvent":"BOOKING_CREATED","payload":{"price":' + b"9" * 5000 + b"}}",
    ],
    ids=[
        "syntax",
        "bytes",
        "false",
        "list",
        "number",
        "text",
        "template",
        "trigger",
        "brackets",
        "nan",
        "bare surrogate",
        "utf-16",
        "digits",
    ],
)
def test_what_is_no_delivery_is_kept_and_ignored(deliver, body):
    event = end_of(deliver, body)
    assert (event.state, bool(event.reason_data["problem"])) == ("ignored", True)
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (bad(title="a\u0000b"), "NUL"),
        (bad(metadata={"a\u0000b": "key"}), "NUL"),
        (bad(title="half \ud83d of a character"), "surrogate"),
        (bad(metadata=nested(8)), "nested"),
        (bad(responses={"x": [1e308 * 10]}).replace(b"Infinity", b"1e999"), "too large"),
        (bad(startTime="1969-12-31T23:00:00Z", endTime="1969-12-31T23:30:00Z"), "startTime"),
        (bad(startTime="+10000-01-01T00:00:00Z"), "startTime"),
        (bad(startTime="2500-01-01T00:00:00Z", endTime="2500-01-01T01:00:00Z"), "1970"),
        (bad(startTime="2026-12-08T09:00:00"), "startTime"),
        (bad(startTime="2026-12-08T10:00:00Z", endTime="2026-12-08T09:00:00Z"), "endTime"),
        (bad(startTime="2026-12-08T10:00:00Z", endTime="2026-12-08T10:00:00Z"), "endTime"),
        (bad(attendees=[{"email": f"a{n}@example.com"} for n in range(10_000)]), "10000"),
        (bad(attendees=[{"email": "e" * 388 + "@example.com"}]), "attendees.0.email"),
        (bad(uid="u" * 201), "uid"),
        (bad(uid=None), "uid"),
        (bad(bookingId=2**63), "bookingId"),
        (bad(eventTypeId="7101; DROP TABLE"), "eventTypeId"),
        (bad(iCalUID="i" * 301), "iCalUID"),
        (bad(price=-5), "price"),
        (bad(attendees="nobody"), "attendees"),
    ],
)
def test_a_delivery_that_says_something_impossible_fails_with_a_reason(deliver, body, word):
    event = end_of(deliver, body)
    assert (event.state, event.attempts) == ("failed", 0)
    assert word in event.reason_data["problem"]
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("payload", ["text", 7, None, []])
def test_a_payload_that_is_no_object_fails(deliver, payload):
    assert end_of(deliver, {"triggerEvent": "BOOKING_CREATED", "payload": payload}).state == "failed"


@pytest.mark.parametrize("sent_at", ["yesterday", "2026-11-20T09:00:00", "9999-01-01T00:00:00Z", True, {}])
def test_an_impossible_time_of_sending_fails(deliver, sent_at):
    event = end_of(deliver, created(GOOD, "09:00") | {"createdAt": sent_at})
    assert event.state == "failed"
    assert "createdAt" in event.reason_data["problem"]


def test_long_texts_that_people_only_read_are_cut(deliver):
    long = created(GOOD, "09:00")
    long["payload"] |= {"title": "t" * 5000, "location": "l" * 5000}
    assert end_of(deliver, long).state == "done"
    assert len(Appointment.objects.get().title) == 500


def test_passwords_in_a_body_do_not_reach_the_appointment(deliver):
    secret = created(GOOD, "09:00")
    secret["payload"] |= {"oneTimePassword": "hush-1", "videoCallData": {"password": "hush-2", "url": ""}}
    assert end_of(deliver, secret).state == "done"
    assert "hush" not in json.dumps(Appointment.objects.get().payload)


def _poison_the_database() -> None:
    """Make one row of a batch fail in the database, behind all our own checks."""
    with connection.cursor() as cursor:
        cursor.execute(
            """CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
               BEGIN IF NEW.title = 'poison' THEN RAISE EXCEPTION 'poison'; END IF; RETURN NEW; END $$;
               CREATE TRIGGER poison BEFORE INSERT ON appointments_appointment
               FOR EACH ROW EXECUTE FUNCTION poison()"""
        )


def test_one_poisonous_delivery_of_a_hundred_loses_only_itself(deliver, salon):
    _poison_the_database()
    for number in range(1, 101):
        body = created(Booking(f"cut{number}", number), "09:00")
        body["payload"]["title"] = "poison" if number == 50 else "fine"
        deliver(body)
    assert drain_batch(salon.pk) == 100
    assert Appointment.objects.count() == 99
    assert AppointmentChange.objects.count() == 99
    event = WebhookEvent.objects.exclude(state="done").get()
    assert (event.state, event.attempts, event.booking_uid) == ("pending", 1, "cut50")
    assert shown(event) == "Could not be applied (ProgrammingError)."


def test_a_delivery_that_fails_five_times_waits_for_staff(deliver, salon):
    _poison_the_database()
    body = created(GOOD, "09:00")
    body["payload"]["title"] = "poison"
    deliver(body)
    for _ in range(5):
        WebhookEvent.objects.update(next_at="2026-01-01T00:00:00Z")
        drain_all()
    event = WebhookEvent.objects.get()
    assert (event.state, event.attempts) == ("failed", 5)
    assert not Customer.objects.exists()
    assert not Attendee.objects.exists()


def test_a_wrong_body_does_not_hold_up_a_good_one_of_the_same_batch(deliver):
    deliver(bad(uid=None))
    deliver(created(GOOD, "09:00"))
    drain_all()
    assert Appointment.objects.get().calcom_booking_uid == "good"


def test_the_cancellation_of_a_course_nobody_is_known_of_needs_its_event_type(deliver):
    event = end_of(deliver, encode(seats_cancelled(Booking("x", 5, event_type=COURSE), [], "09:00")))
    assert (event.state, event.waits_for) == ("waiting", f"event_type:{COURSE}")
