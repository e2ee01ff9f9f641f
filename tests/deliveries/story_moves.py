"""Stories of bookings that are made, moved and cancelled."""

from __future__ import annotations

from tests.deliveries.bodies import (
    cancelled,
    cancelled_with_its_event_type,
    created,
    occurrence,
    rescheduled,
    sent_back,
    without_booking_id,
)
from tests.deliveries.cast import ADA, GUEST, LENA, TOM, WEEKLY, Booking
from tests.deliveries.story import Story, appointment, here

CUT1 = Booking("cut1", 101, "09:00")
CUT2 = Booking("cut2", 105, "10:00", ical="cut1", sequence=1)
CUT3 = Booking("cut3", 109, "15:00", ical="cut1", sequence=2)
CUT4 = Booking("cut4", 112, "15:00", ical="cut1", sequence=3)
TRIO = Booking("trio", 120, "11:00", people=(LENA, GUEST, TOM))
WEEK1 = Booking("week1", 131, "08:00", people=(ADA,), event_type=WEEKLY, day="2026-12-15")
WEEK2 = Booking("week2", 132, "08:00", people=(ADA,), event_type=WEEKLY, day="2026-12-22")
WEEK3 = Booking("week3", 133, "08:00", people=(ADA,), event_type=WEEKLY, day="2026-12-29")
WEEK4 = Booking("week4", 134, "08:00", people=(ADA,), event_type=WEEKLY, day="2027-01-05")
WEEK3_LATER = Booking(
    "week3b", 140, "09:00", people=(ADA,), event_type=WEEKLY, day="2026-12-29", ical="week3", sequence=1
)
SERIES = [occurrence(week, f"08:00:0{n}.146") for n, week in enumerate((WEEK1, WEEK2, WEEK3, WEEK4))]

STORIES = {
    "a booking": Story(
        [created(CUT1, "09:00")],
        [appointment("cut1", "confirmed", "09:00-09:30", here(LENA))],
    ),
    "a booking with guests is one appointment": Story(
        [created(TRIO, "09:00")],
        [appointment("trio", "confirmed", "11:00-11:30", here(LENA, GUEST, TOM))],
    ),
    "the same news once for each subscription": Story(
        [created(CUT1, "09:00:00.213"), created(CUT1, "09:00:00.214"), created(CUT1, "09:00:00.216")],
        [appointment("cut1", "confirmed", "09:00-09:30", here(LENA))],
    ),
    "a cancellation": Story(
        [created(CUT1, "09:00"), cancelled(CUT1, "09:05")],
        [appointment("cut1", "cancelled", "09:00-09:30", here(LENA))],
    ),
    "a cancellation once for each subscription": Story(
        [created(CUT1, "09:00"), cancelled(CUT1, "09:05:00.625"), cancelled(CUT1, "09:05:00.626")],
        [appointment("cut1", "cancelled", "09:00-09:30", here(LENA))],
    ),
    "a cancellation is final even if the creation was sent later": Story(
        [cancelled(CUT1, "09:00"), created(CUT1, "09:00:01")],
        [appointment("cut1", "cancelled", "09:00-09:30", here(LENA))],
    ),
    "a cancellation sent in the same millisecond": Story(
        [created(CUT1, "09:00"), cancelled(CUT1, "09:00")],
        [appointment("cut1", "cancelled", "09:00-09:30", here(LENA))],
    ),
    "a cancellation of something nobody told us about": Story(
        [cancelled(TRIO, "09:05")],
        [appointment("trio", "cancelled", "11:00-11:30", here(LENA, GUEST, TOM))],
    ),
    "two bookings of one person at the same time": Story(
        [created(CUT1, "09:00"), created(Booking("other", 102, "09:00"), "09:01"), cancelled(CUT1, "09:02")],
        [
            appointment("cut1", "cancelled", "09:00-09:30", here(LENA)),
            appointment("other", "confirmed", "09:00-09:30", here(LENA)),
        ],
    ),
    "a move": Story(
        [created(CUT1, "09:00"), rescheduled(CUT2, CUT1, "09:10")],
        [appointment("cut2", "confirmed", "10:00-10:30", here(LENA), formerly=("cut1",))],
    ),
    "a move of a booking nobody told us about": Story(
        [rescheduled(CUT2, CUT1, "09:10")],
        [appointment("cut2", "confirmed", "10:00-10:30", here(LENA), formerly=("cut1",))],
    ),
    "a move in the same millisecond as the booking": Story(
        [created(CUT1, "09:00"), rescheduled(CUT2, CUT1, "09:00")],
        [appointment("cut2", "confirmed", "10:00-10:30", here(LENA), formerly=("cut1",))],
    ),
    "moved three times, once to the same hour, then cancelled": Story(
        [
            created(CUT1, "09:00"),
            rescheduled(CUT2, CUT1, "09:10"),
            rescheduled(CUT3, CUT2, "09:20"),
            rescheduled(CUT4, CUT3, "09:30"),
            cancelled(CUT4, "09:40"),
        ],
        [appointment("cut4", "cancelled", "15:00-15:30", here(LENA), formerly=("cut1", "cut2", "cut3"))],
    ),
    "a chain whose middle link was lost is held together by the iCal uid": Story(
        [created(CUT1, "09:00"), rescheduled(CUT2, CUT1, "09:10"), cancelled(CUT3, "09:40")],
        [appointment("cut3", "cancelled", "15:00-15:30", here(LENA), formerly=("cut1", "cut2"))],
    ),
    "a cancellation of the old uid crosses the move": Story(
        [created(CUT1, "09:00"), rescheduled(CUT2, CUT1, "09:10"), cancelled(CUT1, "09:10:00.400")],
        [appointment("cut2", "confirmed", "10:00-10:30", here(LENA), formerly=("cut1",))],
    ),
    "a move that leaves the guests at home": Story(
        [
            created(TRIO, "09:00"),
            rescheduled(Booking("trio2", 121, "12:00", people=(LENA,), ical="trio", sequence=1), TRIO, "09:10"),
        ],
        [appointment("trio2", "confirmed", "12:00-12:30", here(LENA), formerly=("trio",))],
    ),
    "the organizer asks for another time and the customer finds one": Story(
        [created(CUT1, "09:00"), sent_back(CUT1, "09:10"), rescheduled(CUT2, CUT1, "09:30")],
        [appointment("cut2", "confirmed", "10:00-10:30", here(LENA), formerly=("cut1",))],
    ),
    "the organizer asks for another time and the customer does not": Story(
        [created(CUT1, "09:00"), sent_back(CUT1, "09:10")],
        [appointment("cut1", "cancelled", "09:00-09:30", here(LENA))],
    ),
    "the event type is deleted": Story(
        [created(CUT1, "09:00"), cancelled_with_its_event_type(CUT1, "09:10")],
        [appointment("cut1", "cancelled", "09:00-09:30", here(LENA))],
        ends={"done": 2},
    ),
    "the event type is deleted after a move": Story(
        [created(CUT1, "09:00"), rescheduled(CUT2, CUT1, "09:10"), cancelled_with_its_event_type(CUT2, "09:20")],
        [appointment("cut2", "cancelled", "10:00-10:30", here(LENA), formerly=("cut1",))],
    ),
    "the event type of an unknown booking is deleted": Story(
        [cancelled_with_its_event_type(CUT1, "09:10")],
        [],
        ends={"waiting": 1},
    ),
    "a series is four appointments though its metadata repeats": Story(
        [*SERIES],
        [
            appointment("week1", "confirmed", "08:00-08:30", here(ADA), day="2026-12-15"),
            appointment("week2", "confirmed", "08:00-08:30", here(ADA), day="2026-12-22"),
            appointment("week3", "confirmed", "08:00-08:30", here(ADA), day="2026-12-29"),
            appointment("week4", "confirmed", "08:00-08:30", here(ADA), day="2027-01-05"),
        ],
    ),
    "one of a series is cancelled, one is moved": Story(
        [*SERIES, cancelled(WEEK2, "08:10"), rescheduled(WEEK3_LATER, WEEK3, "08:20")],
        [
            appointment("week1", "confirmed", "08:00-08:30", here(ADA), day="2026-12-15"),
            appointment("week2", "cancelled", "08:00-08:30", here(ADA), day="2026-12-22"),
            appointment("week3b", "confirmed", "09:00-09:30", here(ADA), day="2026-12-29", formerly=("week3",)),
            appointment("week4", "confirmed", "08:00-08:30", here(ADA), day="2027-01-05"),
        ],
    ),
    "old builds leave the booking id out": Story(
        [
            without_booking_id(body)
            for body in (created(CUT1, "09:00"), rescheduled(CUT2, CUT1, "09:10"), cancelled(CUT2, "09:20"))
        ],
        [appointment("cut2", "cancelled", "10:00-10:30", here(LENA), formerly=("cut1",))],
    ),
}
