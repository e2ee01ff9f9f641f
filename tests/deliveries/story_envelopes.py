"""Stories of how deliveries look from outside: other spellings of a trigger, and bodies that are about no booking."""

from __future__ import annotations

from typing import Any

from tests.deliveries.bodies import cancelled, created, encode, rescheduled
from tests.deliveries.cast import LENA, Booking
from tests.deliveries.news import custom_template, ping
from tests.deliveries.story import Story, appointment, here

CUT = Booking("cut1", 601, "09:00")
LATER = Booking("cut2", 602, "10:00", ical="cut1", sequence=1)
STRANGE = Booking("cut3", 603, "11:00", event_type=7999)
HERE = [appointment("cut1", "confirmed", "09:00-09:30", here(LENA))]


def _named(body: dict[str, Any], trigger: str) -> dict[str, Any]:
    return {**body, "triggerEvent": trigger}


STORIES = {
    "dotted names": Story(
        [_named(created(CUT, "09:00"), "booking.created"), _named(cancelled(CUT, "09:10"), "booking.cancelled")],
        [appointment("cut1", "cancelled", "09:00-09:30", here(LENA))],
        ends={"done": 2},
    ),
    "lower-case names": Story(
        [
            _named(created(CUT, "09:00"), "booking_created"),
            _named(rescheduled(LATER, CUT, "09:10"), "booking_rescheduled"),
        ],
        [appointment("cut2", "confirmed", "10:00-10:30", here(LENA), formerly=("cut1",))],
        ends={"done": 2},
    ),
    "JSON inside a JSON string": Story([encode(created(CUT, "09:00")).decode()], HERE, ends={"done": 1}),
    "a ping": Story([ping("09:00")], [], ends={"done": 1}),
    "a ping beside a booking": Story([created(CUT, "09:00"), ping("09:01")], HERE, ends={"done": 2}),
    "a trigger of the future": Story(
        [created(CUT, "09:00"), _named(cancelled(CUT, "09:10"), "BOOKING_TELEPORTED")],
        HERE,
        ends={"done": 1, "ignored": 1},
    ),
    "triggers about no booking": Story(
        [
            _named({"createdAt": "2026-11-20T09:00:00.000Z", "payload": {"oooEntry": {"id": 3}}}, "OOO_CREATED"),
            _named({"createdAt": "2026-11-20T09:00:00.000Z", "payload": {"formId": "f1"}}, "FORM_SUBMITTED"),
            _named({"createdAt": "2026-11-20T09:00:00.000Z", "payload": {"uid": "cut1"}}, "INSTANT_MEETING"),
        ],
        [],
        ends={"ignored": 3},
    ),
    "somebody's own template": Story(
        [created(CUT, "09:00"), custom_template(CUT)], HERE, ends={"done": 1, "ignored": 1}
    ),
    "a template that broke": Story([False], [], ends={"ignored": 1}),
    "a template that is no JSON": Story(["t=BOOKING_CREATED&name=Zoë".encode()], [], ends={"ignored": 1}),
    "a list": Story([[created(CUT, "09:00")]], [], ends={"ignored": 1}),
    "an event type nobody knows": Story([created(STRANGE, "09:00")], [], ends={"waiting": 1}),
}
