"""Stories of bookings with several seats: news is about people, and the booking lives as long as one stays."""

from __future__ import annotations

from tests.deliveries.bodies import rescheduled, seat_cancelled, seat_moved, seat_taken, seats_cancelled
from tests.deliveries.cast import ADA, BEN, CLEO, COURSE, Booking
from tests.deliveries.news import meeting, no_show
from tests.deliveries.story import Story, absent, appointment, gone, here

NINE = Booking("course09", 401, "09:00", people=(ADA,), event_type=COURSE)
ELEVEN = Booking("course11", 402, "11:00", people=(BEN,), event_type=COURSE)
THIRTEEN = Booking("course13", 405, "13:00", people=(BEN,), event_type=COURSE)
NINE_AT_TEN = Booking("course09", 401, "10:00", people=(ADA, BEN), event_type=COURSE)
CUT = Booking("cut7", 403, "09:00", people=(ADA,))
CUT_LATER = Booking("cut8", 404, "10:00", people=(ADA,), ical="cut7", sequence=1)

ADA_SITS = seat_taken(NINE, ADA, "09:00")
BEN_SITS = seat_taken(NINE, BEN, "09:01")
CLEO_SITS = seat_taken(NINE, CLEO, "09:02")
BEN_MOVES = seat_moved(ELEVEN, NINE, [BEN], "09:20")

STORIES = {
    "three people take a seat": Story(
        [ADA_SITS, BEN_SITS, CLEO_SITS],
        [appointment("course09", "confirmed", "09:00-10:00", here(ADA, BEN, CLEO))],
    ),
    "one seat is given up": Story(
        [ADA_SITS, BEN_SITS, CLEO_SITS, seat_cancelled(NINE, ADA, "09:10")],
        [appointment("course09", "confirmed", "09:00-10:00", [*gone(ADA), *here(BEN, CLEO)])],
    ),
    "one seat is given up, told twice": Story(
        [ADA_SITS, BEN_SITS, seat_cancelled(NINE, ADA, "09:10:00.125"), seat_cancelled(NINE, ADA, "09:10:00.126")],
        [appointment("course09", "confirmed", "09:00-10:00", [*gone(ADA), *here(BEN)])],
    ),
    "a seat is given up in the millisecond it was taken": Story(
        [ADA_SITS, BEN_SITS, seat_cancelled(NINE, ADA, "09:00")],
        [appointment("course09", "confirmed", "09:00-10:00", [*gone(ADA), *here(BEN)])],
    ),
    "a seat is given up and taken again": Story(
        [ADA_SITS, BEN_SITS, seat_cancelled(NINE, ADA, "09:10"), seat_taken(NINE, ADA, "09:15")],
        [appointment("course09", "confirmed", "09:00-10:00", here(ADA, BEN))],
    ),
    "the last seat is given up": Story(
        [ADA_SITS, BEN_SITS, seat_cancelled(NINE, ADA, "09:10"), seat_cancelled(NINE, BEN, "09:11")],
        [appointment("course09", "cancelled", "09:00-10:00", gone(ADA, BEN))],
    ),
    "a seat nobody told us about is given up": Story(
        [seat_cancelled(NINE, ADA, "09:10")],
        [appointment("course09", "cancelled", "09:00-10:00", gone(ADA))],
    ),
    "one seat moves and the booking lives on": Story(
        [ADA_SITS, BEN_SITS, BEN_MOVES],
        [
            appointment("course09", "confirmed", "09:00-10:00", [*here(ADA), *gone(BEN)]),
            appointment("course11", "confirmed", "11:00-12:00", here(BEN)),
        ],
    ),
    "one seat moves to where somebody sits already": Story(
        [ADA_SITS, BEN_SITS, seat_taken(ELEVEN, CLEO, "09:03"), BEN_MOVES],
        [
            appointment("course09", "confirmed", "09:00-10:00", [*here(ADA), *gone(BEN)]),
            appointment("course11", "confirmed", "11:00-12:00", here(BEN, CLEO)),
        ],
    ),
    "the only seat moves": Story(
        [BEN_SITS, BEN_MOVES],
        [
            appointment("course09", "cancelled", "09:00-10:00", gone(BEN)),
            appointment("course11", "confirmed", "11:00-12:00", here(BEN)),
        ],
    ),
    "a seat moves from a booking nobody told us about": Story(
        [BEN_MOVES],
        [appointment("course11", "confirmed", "11:00-12:00", here(BEN))],
    ),
    "a seat moves there and back": Story(
        [ADA_SITS, BEN_SITS, BEN_MOVES, seat_moved(NINE, ELEVEN, [BEN], "09:30")],
        [
            appointment("course09", "confirmed", "09:00-10:00", here(ADA, BEN)),
            appointment("course11", "cancelled", "11:00-12:00", gone(BEN)),
        ],
    ),
    "a seat moves on, and half the way back": Story(
        [
            ADA_SITS,
            BEN_SITS,
            BEN_MOVES,
            seat_moved(THIRTEEN, ELEVEN, [BEN], "09:30"),
            seat_moved(ELEVEN, THIRTEEN, [BEN], "09:40"),
        ],
        [
            appointment("course09", "confirmed", "09:00-10:00", [*here(ADA), *gone(BEN)]),
            appointment("course11", "confirmed", "11:00-12:00", here(BEN)),
            appointment("course13", "cancelled", "13:00-14:00", gone(BEN)),
        ],
    ),
    "a seat moves and is given up there": Story(
        [ADA_SITS, BEN_SITS, BEN_MOVES, seat_cancelled(ELEVEN, BEN, "09:30")],
        [
            appointment("course09", "confirmed", "09:00-10:00", [*here(ADA), *gone(BEN)]),
            appointment("course11", "cancelled", "11:00-12:00", gone(BEN)),
        ],
    ),
    "the host moves everybody to another hour under the same uid": Story(
        [ADA_SITS, BEN_SITS, seat_moved(NINE_AT_TEN, NINE, [ADA, BEN], "09:20")],
        [appointment("course09", "confirmed", "10:00-11:00", here(ADA, BEN))],
    ),
    "the host calls it off for all": Story(
        [ADA_SITS, BEN_SITS, seats_cancelled(NINE, [ADA, BEN], "09:30")],
        [appointment("course09", "cancelled", "09:00-10:00", gone(ADA, BEN))],
    ),
    "the host calls off for all what nobody told us about": Story(
        [seats_cancelled(NINE, [ADA, BEN], "09:30")],
        [appointment("course09", "cancelled", "09:00-10:00", gone(ADA, BEN))],
    ),
    "called off for all is final": Story(
        [ADA_SITS, BEN_SITS, seats_cancelled(NINE, [ADA, BEN], "09:30"), seat_taken(NINE, CLEO, "09:30:01")],
        [appointment("course09", "cancelled", "09:00-10:00", [*gone(ADA, BEN), *here(CLEO)])],
    ),
    "one left, one moved, the host calls off the third": Story(
        [
            ADA_SITS,
            BEN_SITS,
            CLEO_SITS,
            seat_cancelled(NINE, ADA, "09:10"),
            BEN_MOVES,
            seats_cancelled(NINE, [CLEO], "09:30"),
        ],
        [
            appointment("course09", "cancelled", "09:00-10:00", gone(ADA, BEN, CLEO)),
            appointment("course11", "confirmed", "11:00-12:00", here(BEN)),
        ],
    ),
    "a cancellation that may mean one seat or all": Story(
        [ADA_SITS, BEN_SITS, seats_cancelled(NINE, [BEN], "09:30")],
        [appointment("course09", "confirmed", "09:00-10:00", [*here(ADA), *gone(BEN)], review=True)],
    ),
    "the doubt ends when the others leave": Story(
        [ADA_SITS, BEN_SITS, seats_cancelled(NINE, [BEN], "09:30"), seat_cancelled(NINE, ADA, "09:40")],
        [appointment("course09", "cancelled", "09:00-10:00", gone(ADA, BEN))],
    ),
    "whoever came after a doubtful cancellation gives no cause for doubt": Story(
        [
            ADA_SITS,
            BEN_SITS,
            seats_cancelled(NINE, [BEN], "09:30"),
            seat_taken(NINE, CLEO, "09:35"),
            seat_cancelled(NINE, ADA, "09:40"),
        ],
        [appointment("course09", "confirmed", "09:00-10:00", [*gone(ADA, BEN), *here(CLEO)])],
    ),
    "one of two did not come": Story(
        [ADA_SITS, BEN_SITS, no_show(NINE, "12:00", ada=True)],
        [appointment("course09", "confirmed", "09:00-10:00", [*absent(ADA), *here(BEN)])],
    ),
    "nobody came": Story(
        [ADA_SITS, BEN_SITS, no_show(NINE, "12:00", ada=True), no_show(NINE, "12:01", ben=True)],
        [appointment("course09", "no_show", "09:00-10:00", absent(ADA, BEN))],
    ),
    "whoever was left did not come": Story(
        [ADA_SITS, BEN_SITS, seat_cancelled(NINE, ADA, "09:10"), no_show(NINE, "12:00", ben=True)],
        [appointment("course09", "no_show", "09:00-10:00", [*gone(ADA), *absent(BEN)])],
    ),
    "a meeting's old list of people brings nobody back": Story(
        [ADA_SITS, BEN_SITS, seat_cancelled(NINE, ADA, "09:10"), meeting("MEETING_ENDED", NINE)],
        [appointment("course09", "completed", "09:00-10:00", [*gone(ADA), *here(BEN)])],
    ),
    "a meeting's old list of people keeps nobody out": Story(
        [ADA_SITS, BEN_SITS, meeting("MEETING_STARTED", NINE)],
        [appointment("course09", "confirmed", "09:00-10:00", here(ADA, BEN))],
    ),
    "a seat and a cut of the same person": Story(
        [ADA_SITS, rescheduled(CUT_LATER, CUT, "09:40"), seat_cancelled(NINE, ADA, "09:50")],
        [
            appointment("course09", "cancelled", "09:00-10:00", gone(ADA)),
            appointment("cut8", "confirmed", "10:00-10:30", here(ADA), formerly=("cut7",)),
        ],
    ),
}
