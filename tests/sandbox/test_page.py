"""The page: booking, moving and cancelling as a customer; deciding as the host; switching faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest

from calcom.sandbox import page
from calcom.sandbox.wire import Answer, Request
from tests.sandbox.caller import Caller

WEDNESDAY = "2027-01-06T08:00:00.000Z"
RITA = {"start": WEDNESDAY, "name": "Rita Reserviert", "email": "rita@example.com"}


@dataclass
class Browser:
    """Opens pages and sends forms, to one sandbox."""

    api: Caller
    headers: dict[str, str] = field(default_factory=lambda: {"host": "127.0.0.1:8100"})

    def open(self, path: str, **headers: str) -> str:
        answer = self._handle("GET", path.partition("#")[0], headers=headers)
        return answer.encoded().decode()

    def send(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> Answer:
        return self._handle("POST", path, urlencode(fields or {}).encode(), headers)

    def _handle(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        named = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        return self.api.sandbox.handle(Request(method, path, self.headers | named, body))


@pytest.fixture
def browser(api: Caller) -> Browser:
    page.install()
    api.office_hours()
    return Browser(api)


@pytest.fixture
def haircut(browser: Browser) -> int:
    return browser.api.event_type(title="Cut & <b>dry</b>")


def booked(browser: Browser, event_type_id: int) -> str:
    assert browser.send(f"/book/{event_type_id}", RITA).status == 303
    return next(reversed(browser.api.sandbox.world.bookings))


def test_the_overview_links_what_can_be_booked(browser, haircut):
    shown = browser.open("/")
    assert f"href='/book/{haircut}'" in shown
    assert "Cut &amp; &lt;b&gt;dry&lt;/b&gt;" in shown
    assert "when the server stops, it forgets" in shown


def test_a_day_shows_its_free_times_and_a_time_leads_to_the_form(browser, haircut):
    shown = browser.open(f"/book/{haircut}?day=2027-01-06")
    assert ">09:00<" in shown
    assert ">08:00<" not in shown
    form = browser.open(f"/book/{haircut}?{urlencode({'start': WEDNESDAY})}")
    assert "name='email'" in form
    assert f"value='{WEDNESDAY}'" in form


def test_a_form_books_and_the_overview_says_so(browser, haircut):
    answer = browser.send(f"/book/{haircut}", RITA | {"note": "Wie immer", "phone": "+493023125001"})
    shown = browser.open(answer.headers["Location"])
    assert "Booked." in shown
    assert "Rita Reserviert" in shown
    booking = next(iter(browser.api.sandbox.world.bookings.values()))
    assert booking.responses["notes"] == "Wie immer"
    assert booking.attendees[0].phone == "+493023125001"


def test_a_taken_time_is_refused_in_the_apis_words_and_the_form_stays_filled(browser, haircut):
    booked(browser, haircut)
    answer = browser.send(f"/book/{haircut}", RITA | {"name": "Jo <Second>"})
    assert answer.status == 400
    assert "already has booking at this time" in answer.encoded().decode()
    assert "value='Jo &lt;Second&gt;'" in answer.encoded().decode()


def test_a_booking_moves_to_another_time(browser, haircut):
    uid = booked(browser, haircut)
    assert ">10:00<" in browser.open(f"/move/{uid}")
    assert browser.send(f"/move/{uid}", {"start": "2027-01-06T09:00:00.000Z"}).status == 303
    bookings = browser.api.sandbox.world.bookings
    assert bookings[uid].status == "cancelled"
    assert bookings[bookings[uid].rescheduled_to].status == "accepted"


def test_a_booking_is_cancelled_once(browser, haircut):
    uid = booked(browser, haircut)
    assert browser.send(f"/cancel/{uid}").status == 303
    assert browser.api.sandbox.world.bookings[uid].status == "cancelled"
    assert browser.send(f"/cancel/{uid}").status == 400


def test_a_request_is_confirmed_or_declined_as_its_host(browser):
    policy = {"type": "always", "blockUnconfirmedBookingsInBooker": True}
    color = browser.api.event_type(title="Color", confirmationPolicy=policy)
    uid = booked(browser, color)
    assert "waits for the host" in browser.open("/")
    assert browser.send(f"/confirm/{uid}").status == 303
    assert browser.api.sandbox.world.bookings[uid].status == "accepted"


def test_the_questions_of_an_event_type_are_asked_and_answered(browser):
    question = {"type": "text", "slug": "wish", "label": "Your <wish>", "required": True, "placeholder": ""}
    wished = browser.api.event_type(title="Wish", bookingFields=[question])
    assert "Your &lt;wish&gt;" in browser.open(f"/book/{wished}?{urlencode({'start': WEDNESDAY})}")
    browser.send(f"/book/{wished}", RITA | {"own-wish": "short"})
    assert next(iter(browser.api.sandbox.world.bookings.values())).responses["wish"] == "short"


def test_a_fault_is_switched_on_and_off_and_leaves_the_page_alone(browser, haircut):
    browser.send("/faults", {"name": "error", "on": "yes"})
    assert browser.api("GET", "/me").status == 500
    assert ">09:00<" in browser.open(f"/book/{haircut}")
    browser.send("/faults", {"name": "error", "on": "no"})
    assert browser.api("GET", "/me").status == 200


def test_a_switch_leaves_other_rules_in_force(browser):
    browser.api.sandbox.faults.add("latency", seconds=0.01)
    browser.send("/faults", {"name": "lost", "on": "yes"})
    browser.send("/faults", {"name": "lost", "on": "no"})
    assert [rule["kind"] for rule in browser.api.sandbox.faults.as_json()] == ["latency"]


def test_a_form_of_another_site_is_refused(browser, haircut):
    assert browser.send(f"/book/{haircut}", RITA, origin="http://evil.example.com").status == 403
    assert browser.send(f"/book/{haircut}", RITA, origin="http://127.0.0.1:8100").status == 303


@pytest.mark.parametrize("path", ["/book/999", "/book/abc", "/move/nowhere"])
def test_an_unknown_address_is_not_found(browser, path):
    shown = browser.open(path)
    assert "There is no such" in shown
    assert "Back to the overview" in shown


def test_weeks_without_a_free_time_say_so(browser, haircut):
    browser.api.office_hours(availability=[])
    assert "Nothing is free" in browser.open(f"/book/{haircut}?from=nonsense&day=x")


def test_dates_are_german_where_the_browser_asks_for_german(browser, haircut):
    assert "Mi 6. Jan" in browser.open(f"/book/{haircut}", accept_language="de-DE,de;q=0.9,en;q=0.8")
    assert "Wed 6 Jan" in browser.open(f"/book/{haircut}", accept_language="fr")
