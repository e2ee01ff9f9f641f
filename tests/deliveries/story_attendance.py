"""Stories of what happened on the day: meetings that began and ended, people who did not come, recordings."""

from __future__ import annotations

from tests.deliveries.bodies import cancelled, confirmed, created, rejected, requested, rescheduled
from tests.deliveries.cast import COLOUR, GUEST, LENA, TOM, Booking
from tests.deliveries.news import (
    guests_missed_the_call,
    location_updated,
    meeting,
    no_show,
    recording_ready,
    transcription_generated,
)
from tests.deliveries.story import Story, absent, appointment, here

CUT = Booking("cut1", 501, "09:00")
LATER = Booking("cut2", 505, "10:00", ical="cut1", sequence=1)
PAIR = Booking("pair", 510, "11:00", people=(LENA, GUEST))
TRIO = Booking("pair", 510, "11:00", people=(LENA, GUEST, TOM))
ASK = Booking("ask1", 520, "13:00", event_type=COLOUR)

STORIES = {
    "a meeting nobody told us about begins": Story(
        [meeting("MEETING_STARTED", CUT)],
        [appointment("cut1", "confirmed", "09:00-09:30", here(LENA))],
    ),
    "a meeting nobody told us about ends": Story(
        [meeting("MEETING_STARTED", CUT), meeting("MEETING_ENDED", CUT)],
        [appointment("cut1", "completed", "09:00-09:30", here(LENA))],
    ),
    "a meeting ends": Story(
        [created(CUT, "09:00"), meeting("MEETING_STARTED", CUT), meeting("MEETING_ENDED", CUT)],
        [appointment("cut1", "completed", "09:00-09:30", here(LENA))],
    ),
    "a meeting's old body changes neither time nor people": Story(
        [created(TRIO, "09:00"), meeting("MEETING_STARTED", Booking("pair", 510, "08:00", people=(LENA,)))],
        [appointment("pair", "confirmed", "11:00-11:30", here(LENA, GUEST, TOM))],
    ),
    "the hour of a cancelled meeting passes": Story(
        [created(CUT, "09:00"), cancelled(CUT, "09:30"), meeting("MEETING_ENDED", CUT)],
        [appointment("cut1", "cancelled", "09:00-09:30", here(LENA))],
    ),
    "the hour of a request passes": Story(
        [requested(ASK, "09:00"), meeting("MEETING_ENDED", ASK, status="PENDING")],
        [appointment("ask1", "pending", "13:00-14:30", here(LENA))],
    ),
    "the hour of a rejected request passes": Story(
        [requested(ASK, "09:00"), rejected(ASK, "09:30"), meeting("MEETING_ENDED", ASK, status="PENDING")],
        [appointment("ask1", "rejected", "13:00-14:30", here(LENA))],
    ),
    "the hour of a confirmed request passes": Story(
        [requested(ASK, "09:00"), confirmed(ASK, "09:30"), meeting("MEETING_ENDED", ASK)],
        [appointment("ask1", "completed", "13:00-14:30", here(LENA))],
    ),
    "the hour passes, then it is moved": Story(
        [created(CUT, "09:00"), meeting("MEETING_ENDED", CUT), rescheduled(LATER, CUT, "12:00")],
        [appointment("cut2", "confirmed", "10:00-10:30", here(LENA), formerly=("cut1",))],
    ),
    "a moved meeting ends": Story(
        [
            created(CUT, "09:00"),
            rescheduled(LATER, CUT, "09:30"),
            meeting("MEETING_ENDED", CUT),
            meeting("MEETING_ENDED", LATER),
        ],
        [appointment("cut2", "completed", "10:00-10:30", here(LENA), formerly=("cut1",))],
    ),
    "the booker did not come": Story(
        [created(CUT, "09:00"), no_show(CUT, "12:00", lena=True)],
        [appointment("cut1", "no_show", "09:00-09:30", absent(LENA))],
    ),
    "the booker came after all": Story(
        [created(CUT, "09:00"), no_show(CUT, "12:00", lena=True), no_show(CUT, "12:05", lena=False)],
        [appointment("cut1", "confirmed", "09:00-09:30", here(LENA))],
    ),
    "the meeting ended and the booker was not there": Story(
        [created(CUT, "09:00"), meeting("MEETING_ENDED", CUT), no_show(CUT, "12:00", lena=True)],
        [appointment("cut1", "no_show", "09:00-09:30", absent(LENA))],
    ),
    "the meeting ended and the booker was there after all": Story(
        [
            created(CUT, "09:00"),
            meeting("MEETING_ENDED", CUT),
            no_show(CUT, "12:00", lena=True),
            no_show(CUT, "12:05", lena=False),
        ],
        [appointment("cut1", "completed", "09:00-09:30", here(LENA))],
    ),
    "the guest did not come": Story(
        [created(PAIR, "09:00"), no_show(PAIR, "12:00", guest=True)],
        [appointment("pair", "confirmed", "11:00-11:30", [*here(LENA), *absent(GUEST)])],
    ),
    "neither came, told one by one": Story(
        [created(PAIR, "09:00"), no_show(PAIR, "12:00", guest=True), no_show(PAIR, "12:01", lena=True)],
        [appointment("pair", "no_show", "11:00-11:30", absent(LENA, GUEST))],
    ),
    "absence told of nobody": Story(
        [created(CUT, "09:00"), no_show(CUT, "12:00")],
        [appointment("cut1", "confirmed", "09:00-09:30", here(LENA))],
    ),
    "absence outlives a new list of people": Story(
        [
            created(PAIR, "09:00"),
            no_show(PAIR, "12:00", lena=True),
            location_updated(TRIO, "12:30", location="Hafenstraße 12, 20457 Hamburg"),
        ],
        [appointment("pair", "no_show", "11:00-11:30", [*absent(LENA), *here(GUEST, TOM)])],
    ),
    "absence of somebody who was added": Story(
        [
            created(PAIR, "09:00"),
            location_updated(TRIO, "09:30", location="Hafenstraße 12, 20457 Hamburg"),
            no_show(PAIR, "12:00", tom=True),
        ],
        [appointment("pair", "confirmed", "11:00-11:30", [*here(LENA, GUEST), *absent(TOM)])],
    ),
    "the booker did not come and found another time": Story(
        [created(CUT, "09:00"), no_show(CUT, "12:00", lena=True), rescheduled(LATER, CUT, "12:30")],
        [appointment("cut2", "confirmed", "10:00-10:30", here(LENA), formerly=("cut1",))],
    ),
    "absence from a booking nobody told us about": Story(
        [no_show(CUT, "12:00", lena=True)],
        [],
        ends={"waiting": 1},
    ),
    "Cal Video's guess about guests is no absence": Story(
        [created(CUT, "09:00"), guests_missed_the_call(CUT, "12:00")],
        [appointment("cut1", "confirmed", "09:00-09:30", here(LENA))],
        ends={"done": 1, "ignored": 1},
    ),
    "a recording": Story(
        [created(CUT, "09:00"), recording_ready(CUT, "12:00"), transcription_generated(CUT, "12:01")],
        [appointment("cut1", "confirmed", "09:00-09:30", here(LENA))],
        ends={"done": 2, "ignored": 1},
    ),
    "a recording of a booking nobody told us about": Story(
        [recording_ready(CUT, "12:00")],
        [],
        ends={"waiting": 1},
    ),
}
