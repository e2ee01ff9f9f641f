"""Every shape in which a booking was ever stored tells the same: webhooks of every trigger, API v2 and v1, dumps."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from appointments.backends import AbsenceNews, BookingSnapshot, RecordingNews
from calcom import mapping
from calcom.payloads.opened import UnreadablePayload
from calcom.payloads.reading import Owner, told
from calcom.schemas.bookings import BookingRead

SAMPLES = Path(__file__).parents[2] / "conformance" / "samples"
BOOKED = sorted((SAMPLES / "webhooks").glob("*BOOKING_[!N]*.json"))
NINE = datetime(2026, 12, 8, 9, tzinfo=UTC)
OWNER = Owner(company_id=1, uid="b1", starts_at=NINE, ends_at=NINE + timedelta(minutes=30))
LENA = {"email": "lena@example.com", "name": "Lena Locke", "timeZone": "Europe/Berlin", "locale": "de"}
V1: dict[str, Any] = {
    "id": 5500098,
    "userId": 21,
    "uid": "b1",
    "startTime": "2026-12-08T09:00:00.000Z",
    "endTime": "2026-12-08T09:30:00.000Z",
    "attendees": [{"id": 9, **LENA}],
    "user": {"email": "mara@example.com", "name": "Mara Muster", "timeZone": "Europe/Berlin"},
    "metadata": {"shop": "7"},
    "status": "ACCEPTED",
    "location": "Probestraße 3",
    "responses": {"name": "Lena Locke", "location": {"optionValue": "", "value": "inPerson"}},
}


def read(value: Any) -> Any:
    """The booking that is told, with whatever it has."""
    news = told(value, OWNER)[0]
    assert isinstance(news, BookingSnapshot)
    return news


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())


def answer(name: str) -> Any:
    return sample(f"api/{name}.json")["response"]["body"]


@pytest.mark.parametrize("file", BOOKED, ids=lambda file: file.stem)
def test_every_recorded_delivery_is_read(file):
    body = json.loads(file.read_text())["body_text"]
    news = read(body)
    assert news.attendees[0].email == json.loads(body)["payload"]["attendees"][0]["email"]
    assert news.hosts[0]["name"] == "Mara Muster"
    assert news.location is not None
    assert news.uid == "b1"


@pytest.mark.parametrize("name", ["41-booking-get", "42-booking-get-old-shape"])
def test_answers_of_the_api_tell_the_same_in_every_version(name):
    news = read(answer(name))
    assert [one.email for one in news.attendees] == ["lena@example.com", "gast@example.com"]
    assert (news.attendees[0].name, news.attendees[0].phone) == ("Lena Locke", "+4930123400")
    assert news.responses["name"]["value"] == "Lena Locke"
    assert (news.location.type, news.metadata, news.hosts[0]["id"]) == ("in_person", {"quelle": "Probe"}, 21)


@pytest.mark.parametrize("name", ["41-booking-get", "67-booking-seat"])
def test_what_a_read_left_behind_is_read_again(name):
    data = answer(name)["data"]
    kept = mapping.booking_snapshot(BookingRead.model_validate(data), company_id=1).payload
    again, first = read(kept), read(data)
    assert (again.attendees, again.location, again.responses) == (first.attendees, first.location, first.responses)


def test_each_seat_of_a_seated_booking_is_told_by_itself():
    data = answer("68-booking-seat-2")["data"] | {"seatUid": None}
    seats = told(data, OWNER)
    assert len(seats) == len(data["attendees"]) > 0
    assert all(isinstance(seat, BookingSnapshot) and seat.seat_uid for seat in seats)


def test_one_of_a_series_names_the_series():
    news = read(answer("65-booking-series")["data"][0])
    assert news.is_recurring
    assert news.recurring_event_id == "202cc828-4c71-4095-bcc9-9ae80f0c8a89"


def test_a_booking_of_api_v1_is_read():
    news = read({"booking": V1})
    assert (news.attendees[0].email, news.attendees[0].locale) == ("lena@example.com", "de")
    assert (news.host_id, news.hosts[0]["name"], news.metadata) == (21, "Mara Muster", {"shop": "7"})
    assert news.responses["name"] == {"label": "name", "value": "Lena Locke"}
    assert news.location.type == "in_person"
    assert news.as_of is None


def test_the_flat_body_of_a_meeting_only_fills_gaps():
    news = read(V1 | {"triggerEvent": "MEETING_ENDED", "createdAt": "2026-11-20T09:00:00Z"})
    assert (news.as_of, news.are_details_weak) == (None, True)


def test_php_writes_empty_objects_as_lists():
    news = read(V1 | {"metadata": [], "responses": [], "customInputs": []})
    assert (news.metadata, news.attendees[0].name) == (None, "Lena Locke")


def test_old_forms_answer_by_label():
    news = read(V1 | {"customInputs": [{"label": "Wünsche", "value": "kurz"}]})
    assert news.responses["Wünsche"]["value"] == "kurz"


def test_who_filled_in_the_form_attends_where_nobody_is_listed():
    form = {"name": {"firstName": "Lena", "lastName": "Locke"}, "email": "lena@example.com"}
    news = read(V1 | {"attendees": [], "responses": form})
    assert [(one.name, one.email) for one in news.attendees] == [("Lena Locke", "lena@example.com")]


def test_one_attendee_may_stand_without_a_list():
    assert read(V1 | {"attendees": LENA}).attendees[0].email == "lena@example.com"


@pytest.mark.parametrize(
    "place",
    [{"type": "integration", "integration": "integrations:daily"}, {"value": "integrations:daily", "optionValue": ""}],
)
def test_a_place_may_be_an_object(place):
    news = read(V1 | {"location": place, "videoCallUrl": "https://app.example.com/video/b1"})
    assert (news.location.type, news.meeting_url) == ("video", "https://app.example.com/video/b1")


@pytest.mark.parametrize(
    "broken",
    [
        {"price": "free"},
        {"iCalSequence": "x"},
        {"startTime": "0000-00-00 00:00:00"},
        {"startTime": "2026-12-08 09:00:00", "endTime": None},
        {"endTime": "2026-12-08T08:00:00Z"},
        {"uid": None},
        {"bookingId": "unknown"},
        {"recurringEvent": "weekly"},
    ],
    ids=str,
)
def test_a_key_that_cannot_be_read_costs_only_itself(broken):
    news = read(V1 | broken)
    assert (news.attendees[0].email, news.location.value) == ("lena@example.com", "Probestraße 3")


def test_why_a_booking_is_off_is_told():
    off = V1 | {"status": "CANCELLED", "cancellationReason": "ill", "cancelledBy": "lena@example.com"}
    news = read(off)
    assert (news.status, news.cancellation_reason, news.cancelled_by) == ("cancelled", "ill", "lena@example.com")


def test_absences_are_told():
    (news,) = told(json.loads(sample("webhooks/73-1-BOOKING_NO_SHOW_UPDATED.json")["body_text"]), OWNER)
    assert isinstance(news, AbsenceNews)
    assert True in news.absences.values()


def test_a_recording_is_told_with_the_booking():
    body = {"triggerEvent": "RECORDING_READY", "payload": V1 | {"downloadLink": "https://files.example.com/1"}}
    recordings = [news for news in told(body, OWNER) if isinstance(news, RecordingNews)]
    assert [news.url for news in recordings] == ["https://files.example.com/1"]


@pytest.mark.parametrize("trigger", ["PING", "FORM_SUBMITTED", "OOO_CREATED", "AFTER_HOSTS_CAL_VIDEO_NO_SHOW"])
def test_what_is_about_no_booking_is_refused(trigger):
    with pytest.raises(UnreadablePayload):
        told({"triggerEvent": trigger, "payload": V1}, OWNER)
