"""From an event type to a booking: a day, a time, name and e-mail. And what can be done with a booking afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from calcom.sandbox.page.asking import Reply, ask, form
from calcom.sandbox.page.fields import answers, inputs
from calcom.sandbox.page.layout import elsewhere, for_people, html, page, refused
from calcom.sandbox.page.times import Choice, times_page
from calcom.sandbox.page.words import ZONE, _, language, when
from calcom.sandbox.router import Call, local
from calcom.sandbox.state import Booking, EventType
from calcom.sandbox.wire import Answer, Refusal


@local("GET", "/book/{id}")
@for_people
def book(call: Call) -> Answer:
    """The free times of an event type, or the form for one of them."""
    choice = _to_book(call)
    if start := call.first("start"):
        return _form(call, choice, start=start, sent={})
    return times_page(call, choice)


@local("POST", "/book/{id}")
@for_people
def make(call: Call) -> Answer:
    """Book, as a customer without a key."""
    choice, sent = _to_book(call), form(call)
    made = ask(call, "POST", "/bookings", json=_body(choice.event_type, sent))
    if made.refusal:
        return _form(call, choice, start=sent.get("start", ""), sent=sent, refusal=made.refusal)
    return elsewhere("/?done=booked#bookings")


@local("GET", "/move/{uid}")
@for_people
def move(call: Call) -> Answer:
    """The free times for a booking to move to."""
    return times_page(call, _to_move(call))


@local("POST", "/move/{uid}")
@for_people
def moved(call: Call) -> Answer:
    """Move, as a customer."""
    choice, sent = _to_move(call), form(call)
    reply = ask(call, "POST", f"/bookings/{choice.moving}/reschedule", json={"start": sent.get("start", "")})
    if reply.refusal:
        return times_page(call, choice, refusal=reply.refusal)
    return elsewhere("/?done=moved#bookings")


@local("POST", "/cancel/{uid}")
@for_people
def cancel(call: Call) -> Answer:
    """Cancel, as a customer; a booking with seats as its host, with everybody in it."""
    booking, _sent = _booking(call), form(call)
    user = call.world.users.get(booking.host_id) if booking.is_seated else None
    reply = ask(call, "POST", f"/bookings/{booking.uid}/cancel", json={"cancellationReason": "Sandbox"}, user=user)
    return _done(call, reply, "cancelled")


@local("POST", "/confirm/{uid}")
@for_people
def confirm(call: Call) -> Answer:
    """Confirm, as the host."""
    return _decide(call, "confirm", done="confirmed")


@local("POST", "/decline/{uid}")
@for_people
def decline(call: Call) -> Answer:
    """Decline, as the host."""
    return _decide(call, "decline", done="declined")


def _decide(call: Call, action: str, *, done: str) -> Answer:
    booking, _sent = _booking(call), form(call)
    host = call.world.users.get(booking.host_id)
    return _done(call, ask(call, "POST", f"/bookings/{booking.uid}/{action}", json={}, user=host), done)


def _done(call: Call, reply: Reply, done: str) -> Answer:
    return refused(call, reply.refusal) if reply.refusal else elsewhere(f"/?done={done}#bookings")


def _to_book(call: Call) -> Choice:
    number = call.params["id"]
    event_type = call.world.event_types.get(int(number)) if number.isdecimal() else None
    if event_type is None:
        raise Refusal(404, _("There is no such event type."))
    return Choice(f"/book/{number}", event_type.title, event_type, length=call.first("length"))


def _to_move(call: Call) -> Choice:
    booking = _booking(call)
    event_type = call.world.event_types.get(booking.event_type_id or 0)
    if event_type is None:
        raise Refusal(404, _("The event type of this booking is gone."))
    title = _("Move: %(title)s, %(when)s") % {"title": event_type.title, "when": when(booking.starts_at)}
    minutes = int((booking.ends_at - booking.starts_at).total_seconds() // 60)
    length = str(minutes) if event_type.fields.get("lengthInMinutesOptions") else ""
    return Choice(f"/move/{booking.uid}", title, event_type, length=length, moving=booking.uid)


def _booking(call: Call) -> Booking:
    booking = call.world.bookings.get(call.params["uid"])
    if booking is None:
        raise Refusal(404, _("There is no such booking. The server forgets when it stops."))
    return booking


def _form(call: Call, choice: Choice, *, start: str, sent: dict[str, str], refusal: str = "") -> Answer:
    try:
        at = when(datetime.fromisoformat(start))
    except ValueError as error:
        raise Refusal(400, _("This is no time to book.")) from error
    sheet = html(
        "<h1>{title}</h1><p><b>{at}</b></p>"
        "<form class='sheet' method='post' action='{path}'><input type='hidden' name='start' value='{start}'>"
        "<input type='hidden' name='length' value='{length}'>{inputs}"
        "<div><button class='main'>{book}</button></div></form>"
        "<p><a href='{times}'>{other}</a></p>",
        title=choice.title,
        at=at,
        path=choice.path,
        start=start,
        length=choice.length or sent.get("length", ""),
        inputs=inputs(choice.event_type, sent),
        book=_("Book"),
        times=choice.path,
        other=_("Another time"),
    )
    status = 400 if refusal else 200
    return page(call, title=choice.title, content=sheet, said=refusal, is_bad=True, status=status)


def _body(event_type: EventType, sent: dict[str, str]) -> dict[str, Any]:
    """The body of POST /v2/bookings."""
    phone = {"phoneNumber": sent["phone"]} if sent.get("phone") else {}
    length = {"lengthInMinutes": int(sent["length"])} if sent.get("length", "").isdecimal() else {}
    own = answers(event_type, sent)
    return {
        "eventTypeId": event_type.id,
        "start": sent.get("start", ""),
        "attendee": {
            "name": sent.get("name", ""),
            "email": sent.get("email", ""),
            "timeZone": str(ZONE),
            "language": language.get(),
            **phone,
        },
        **length,
        **({"bookingFieldsResponses": own} if own else {}),
    }
