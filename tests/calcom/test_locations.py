"""Cal.com's one text for a place, understood."""

from __future__ import annotations

import pytest

from calcom.locations import location_of, meeting_url_of
from calcom.schemas.deliveries import BookingBody

VIDEO = "https://app.cal.com/video/abc"


def body(location: str | None, *, answer: object = None, **more: object) -> BookingBody:
    times = {"startTime": "2026-12-08T09:00:00Z", "endTime": "2026-12-08T09:30:00Z"}
    answered = {"location": {"label": "location", "value": answer}}
    return BookingBody.model_validate({"uid": "b1", **times, "location": location, "responses": answered, **more})


@pytest.mark.parametrize(
    ("raw", "answer", "kind", "value"),
    [
        ("integrations:daily", None, "video", "integrations:daily"),
        (VIDEO, {"value": "integrations:daily", "optionValue": ""}, "video", VIDEO),
        ("https://example.com/room", {"value": "link"}, "link", "https://example.com/room"),
        ("+49 30 123456", None, "phone", "+49 30 123456"),
        ("phone", {"value": "phone", "optionValue": "+4930123456"}, "phone", "+4930123456"),
        ("Musterstraße 1, 10115 Berlin", {"value": "inPerson", "optionValue": ""}, "in_person", None),
        ("Musterstraße 1, 10115 Berlin", None, "in_person", None),
        ("in the park", {"value": "somewhereElse", "optionValue": "in the park"}, "other", None),
        ("inPerson", {"value": "inPerson", "optionValue": ""}, "in_person", ""),
    ],
)
def test_a_place_is_known_by_its_text_and_the_answer(raw, answer, kind, value):
    place = location_of(body(raw, answer=answer))
    assert place is not None
    assert (place.type, place.value) == (kind, raw if value is None else value)


@pytest.mark.parametrize("raw", [None, "", "  "])
def test_no_text_is_no_place(raw):
    assert location_of(body(raw)) is None


def test_the_meeting_url_is_the_one_that_guests_can_join():
    daily = {"type": "daily_video", "url": "https://rooms.example.com/x"}
    assert meeting_url_of(body("integrations:daily", metadata={"videoCallUrl": VIDEO}, videoCallData=daily)) == VIDEO
    assert meeting_url_of(body("https://example.com/room", videoCallData=daily)) == "https://example.com/room"
    assert meeting_url_of(body("integrations:daily", videoCallData=daily)) == "https://rooms.example.com/x"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "", None])
def test_what_is_no_web_address_is_no_meeting_url(url):
    assert meeting_url_of(body("integrations:daily", metadata={"videoCallUrl": url})) == ""


def test_a_link_in_metadata_is_a_customers_where_nobody_meets_online():
    assert meeting_url_of(body("Musterstr. 1", metadata={"videoCallUrl": "https://phishing.example.com"})) == ""
