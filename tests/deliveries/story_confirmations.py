"""Stories of bookings that wait for somebody's yes: the organizer's or the bank's."""

from __future__ import annotations

from tests.deliveries.bodies import cancelled, confirmed, created, rejected, requested, rescheduled
from tests.deliveries.cast import COLOUR, LENA, TOM, Booking
from tests.deliveries.news import location_updated, paid, payment_initiated, reassigned
from tests.deliveries.story import Story, appointment, here

ASK1 = Booking("ask1", 201, "09:00", event_type=COLOUR)
ASK2 = Booking("ask2", 204, "11:00", event_type=COLOUR, ical="ask1", sequence=1)
ASK3 = Booking("ask3", 207, "13:00", event_type=COLOUR, ical="ask1", sequence=2)
ASK4 = Booking("ask4", 208, "14:00", event_type=COLOUR, ical="ask1", sequence=3)
RIVAL = Booking("rival", 202, "09:00", event_type=COLOUR, people=(TOM,))
PAY = Booking("pay1", 301, "16:00")
PAIR = Booking("pay1", 301, "16:00", people=(LENA, TOM))

STORIES = {
    "a request": Story(
        [requested(ASK1, "09:00")],
        [appointment("ask1", "pending", "09:00-10:30", here(LENA))],
    ),
    "a request is confirmed by a second creation": Story(
        [requested(ASK1, "09:00"), confirmed(ASK1, "09:05")],
        [appointment("ask1", "confirmed", "09:00-10:30", here(LENA))],
    ),
    "a confirmation whose request was lost": Story(
        [confirmed(ASK1, "09:05")],
        [appointment("ask1", "confirmed", "09:00-10:30", here(LENA))],
    ),
    "two requests for the same slot are both confirmed": Story(
        [requested(ASK1, "09:00"), requested(RIVAL, "09:01"), confirmed(ASK1, "09:05"), confirmed(RIVAL, "09:06")],
        [
            appointment("ask1", "confirmed", "09:00-10:30", here(LENA)),
            appointment("rival", "confirmed", "09:00-10:30", here(TOM)),
        ],
    ),
    "a request is rejected": Story(
        [requested(ASK1, "09:00"), rejected(ASK1, "09:05")],
        [appointment("ask1", "rejected", "09:00-10:30", here(LENA))],
    ),
    "rejected twice, then confirmed after all": Story(
        [requested(ASK1, "09:00"), rejected(ASK1, "09:05"), rejected(ASK1, "09:06"), confirmed(ASK1, "09:07")],
        [appointment("ask1", "confirmed", "09:00-10:30", here(LENA))],
    ),
    "confirmed, then rejected": Story(
        [requested(ASK1, "09:00"), confirmed(ASK1, "09:05"), rejected(ASK1, "09:06")],
        [appointment("ask1", "rejected", "09:00-10:30", here(LENA))],
    ),
    "rejected, confirmed, cancelled": Story(
        [requested(ASK1, "09:00"), rejected(ASK1, "09:05"), confirmed(ASK1, "09:06"), cancelled(ASK1, "09:07")],
        [appointment("ask1", "cancelled", "09:00-10:30", here(LENA))],
    ),
    "a request is cancelled": Story(
        [requested(ASK1, "09:00"), cancelled(ASK1, "09:05")],
        [appointment("ask1", "cancelled", "09:00-10:30", here(LENA))],
    ),
    "request, confirmation and rejection in one millisecond": Story(
        [requested(ASK1, "09:00"), confirmed(ASK1, "09:00"), rejected(ASK1, "09:00")],
        [appointment("ask1", "rejected", "09:00-10:30", here(LENA))],
    ),
    "a request in the millisecond of its confirmation": Story(
        [confirmed(ASK1, "09:00"), requested(ASK1, "09:00")],
        [appointment("ask1", "confirmed", "09:00-10:30", here(LENA))],
    ),
    "a move that needs a yes hangs on the iCal uid alone": Story(
        [requested(ASK1, "09:00"), requested(ASK2, "09:10")],
        [appointment("ask2", "pending", "11:00-12:30", here(LENA), formerly=("ask1",))],
    ),
    "a confirmed booking is moved and waits again": Story(
        [requested(ASK1, "09:00"), confirmed(ASK1, "09:05"), requested(ASK2, "09:10")],
        [appointment("ask2", "pending", "11:00-12:30", here(LENA), formerly=("ask1",))],
    ),
    "a move that needs a yes gets it": Story(
        [requested(ASK1, "09:00"), requested(ASK2, "09:10"), confirmed(ASK2, "09:20")],
        [appointment("ask2", "confirmed", "11:00-12:30", here(LENA), formerly=("ask1",))],
    ),
    "a move that needs a yes is rejected": Story(
        [requested(ASK1, "09:00"), confirmed(ASK1, "09:05"), requested(ASK2, "09:10"), rejected(ASK2, "09:20")],
        [appointment("ask2", "rejected", "11:00-12:30", here(LENA), formerly=("ask1",))],
    ),
    "moved by the customer twice and by the owner once is one appointment": Story(
        [
            requested(ASK1, "09:00"),
            requested(ASK2, "09:10"),
            confirmed(ASK2, "09:20"),
            requested(ASK3, "09:30"),
            rescheduled(ASK4, ASK3, "09:40"),
        ],
        [appointment("ask4", "confirmed", "14:00-15:30", here(LENA), formerly=("ask1", "ask2", "ask3"))],
    ),
    "and then it is cancelled": Story(
        [
            requested(ASK1, "09:00"),
            requested(ASK2, "09:10"),
            confirmed(ASK2, "09:20"),
            requested(ASK3, "09:30"),
            rescheduled(ASK4, ASK3, "09:40"),
            cancelled(ASK4, "09:50"),
        ],
        [appointment("ask4", "cancelled", "14:00-15:30", here(LENA), formerly=("ask1", "ask2", "ask3"))],
    ),
    "a payment begins": Story(
        [payment_initiated(PAY, "09:00")],
        [appointment("pay1", "pending", "16:00-16:30", here(LENA))],
    ),
    "paid, and the creation never came": Story(
        [payment_initiated(PAY, "09:00"), paid(PAY, "09:02")],
        [appointment("pay1", "confirmed", "16:00-16:30", here(LENA))],
    ),
    "paid, and the organizer has still to agree": Story(
        [payment_initiated(PAY, "09:00"), paid(PAY, "09:02", requires_confirmation=True)],
        [appointment("pay1", "pending", "16:00-16:30", here(LENA))],
    ),
    "paid and created": Story(
        [payment_initiated(PAY, "09:00"), paid(PAY, "09:02:00.100"), confirmed(PAY, "09:02:00.050")],
        [appointment("pay1", "confirmed", "16:00-16:30", here(LENA))],
    ),
    "paid does not confirm what was requested": Story(
        [requested(PAY, "09:00"), paid(PAY, "09:02")],
        [appointment("pay1", "pending", "16:00-16:30", here(LENA))],
    ),
    "paid and cancelled": Story(
        [payment_initiated(PAY, "09:00"), paid(PAY, "09:02"), cancelled(PAY, "09:03")],
        [appointment("pay1", "cancelled", "16:00-16:30", here(LENA))],
    ),
    "another place, and a guest more": Story(
        [created(PAY, "09:00"), location_updated(PAIR, "09:30", location="Hafenstraße 12, 20457 Hamburg")],
        [appointment("pay1", "confirmed", "16:00-16:30", here(LENA, TOM))],
    ),
    "another place does not confirm a request": Story(
        [requested(ASK1, "09:00"), location_updated(ASK1, "09:30", location="Hafenstraße 12, 20457 Hamburg")],
        [appointment("ask1", "pending", "09:00-10:30", here(LENA))],
    ),
    "another place of something nobody told us about": Story(
        [location_updated(PAY, "09:30", location="Hafenstraße 12, 20457 Hamburg")],
        [appointment("pay1", "confirmed", "16:00-16:30", here(LENA))],
    ),
    "another host": Story(
        [created(PAY, "09:00"), reassigned(PAY, "09:30")],
        [appointment("pay1", "confirmed", "16:00-16:30", here(LENA))],
    ),
    "another host does not revive a rejected request": Story(
        [requested(ASK1, "09:00"), rejected(ASK1, "09:10"), reassigned(ASK1, "09:30")],
        [appointment("ask1", "rejected", "09:00-10:30", here(LENA))],
    ),
    "another host of something nobody told us about": Story(
        [reassigned(PAY, "09:30")],
        [appointment("pay1", "confirmed", "16:00-16:30", here(LENA))],
    ),
}
