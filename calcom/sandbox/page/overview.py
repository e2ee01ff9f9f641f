"""The first page: what can be booked, what is booked, which webhooks were sent, which faults are on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from urllib.parse import urlsplit

from calcom.sandbox.deliver import release
from calcom.sandbox.page import switches
from calcom.sandbox.page.asking import form
from calcom.sandbox.page.layout import Html, button, elsewhere, for_people, html, join, notice, page, table
from calcom.sandbox.page.words import _, ngettext, when
from calcom.sandbox.router import Call, local
from calcom.sandbox.state import Booking, Delivery, EventType, World
from calcom.sandbox.wire import Answer

_SENT_SHOWN = 40
_NEWEST = 8
_STILL_SHOWN = timedelta(hours=12)


@local("GET", "/")
@for_people
def show(call: Call) -> Answer:
    """The overview; `done` and `uid` say what a form has just done."""
    with call.world.lock:
        booked = _booked(call.world, said=_said(call))
        content = join([_intro(), _bookable(call.world), booked, _sent(call.world), _faults(call)])
    return page(call, title=_("A small Cal.com"), content=content)


@local("POST", "/faults")
@for_people
def switch(call: Call) -> Answer:
    """Switch one fault on or off, or all off."""
    sent = form(call)
    if sent.get("name") == "all":
        call.sandbox.faults.clear()
    elif sent.get("name") in switches.PRESETS:
        switches.turn(call.sandbox.faults, sent["name"], on=sent.get("on") == "yes")
    release(call.sandbox)
    return elsewhere("/#faults")


def _intro() -> Html:
    return html(
        "<h1>{title}</h1><p>{text}</p>"
        "<p class='quiet'><a href='#bookings'>{bookings}</a> · <a href='#webhooks'>{webhooks}</a> · "
        "<a href='#faults'>{faults}</a></p>",
        title=_("Book here as a customer would"),
        text=_("Choose what to book, a day and a time. Slotkeeper is told by webhook at once, as by Cal.com itself."),
        bookings=_("Bookings"),
        webhooks=_("Webhooks sent"),
        faults=_("What may go wrong"),
    )


def _said(call: Call) -> str:
    texts = {
        "booked": _("Booked. Below stands whom the server has told, and what they answered."),
        "moved": _("Moved to another time: Cal.com makes a new booking of it."),
        "cancelled": _("Cancelled."),
        "confirmed": _("Confirmed."),
        "declined": _("Declined."),
    }
    return texts.get(call.first("done"), "")


def _bookable(world: World) -> Html:
    shown = [one for one in world.event_types.values() if not one.is_hidden and one.scheduling_type != "managed"]
    if not shown:
        return html("<p class='quiet'>{text}</p>", text=_("There is no event type yet: create one through the API."))
    by_owner = groupby(sorted(shown, key=lambda one: _owner(world, one)), key=lambda one: _owner(world, one))
    return join(
        html("<h3>{owner}</h3><ul class='cards'>{cards}</ul>", owner=owner, cards=join(_card(world, o) for o in found))
        for owner, found in by_owner
    )


def _owner(world: World, event_type: EventType) -> str:
    team, user = world.teams.get(event_type.team_id or 0), world.users.get(event_type.owner_id or 0)
    return team.name if team else user.name if user else "–"


def _card(world: World, event_type: EventType) -> Html:
    hosts = [world.users[one].name for one in event_type.host_ids if one in world.users]
    minutes = ngettext("%(n)s minute", "%(n)s minutes", event_type.length_min) % {"n": event_type.length_min}
    return html(
        "<li><a href='/book/{id}'><b>{title}</b><small>{minutes} · {hosts}</small></a></li>",
        id=event_type.id,
        title=event_type.title,
        minutes=minutes,
        hosts=", ".join(hosts),
    )


def _booked(world: World, *, said: str) -> Html:
    """What was done last stands first, the rest below a fold; `said` where the form that did it has led."""
    since = world.now() - _STILL_SHOWN
    found = [one for one in world.bookings.values() if one.ends_at > since]
    found.sort(key=lambda one: one.updated_at or one.created_at, reverse=True)
    rest = sorted(found[_NEWEST:], key=lambda one: one.starts_at)
    heads = [_("When"), _("What"), _("Who"), _("Host"), _("Status"), ""]

    def listed(bookings: list[Booking]) -> Html:
        rows = ([*_facts(world, one), join(_actions(one))] for one in bookings)
        return table(heads, rows, empty=_("Nothing is booked."))

    fold = html(
        "<details><summary>{more}</summary>{table}</details>",
        more=ngettext("%(n)s more booking", "%(n)s more bookings", len(rest)) % {"n": len(rest)},
        table=listed(rest),
    )
    return html(
        "<h2 id='bookings'>{title}</h2>{notice}{newest}{fold}",
        title=_("Bookings, what was done last first"),
        notice=notice(said),
        newest=listed(found[:_NEWEST]),
        fold=fold if rest else Html(""),
    )


def _facts(world: World, booking: Booking) -> list[Html | str]:
    event_type, host = world.event_types.get(booking.event_type_id or 0), world.users.get(booking.host_id)
    words = {
        "accepted": _("accepted"),
        "pending": _("waits for the host"),
        "cancelled": _("cancelled"),
        "rejected": _("declined"),
    }
    word = _("moved") if booking.rescheduled_to else words.get(booking.status, booking.status)
    state = html("<span class='state {kind}'>{word}</span>", kind=booking.status, word=word)
    people = ", ".join(one.name or one.email for one in booking.attendees)
    return [
        when(booking.starts_at),
        event_type.title if event_type else booking.title,
        people,
        host.name if host else "–",
        state,
    ]


def _actions(booking: Booking) -> Iterator[Html]:
    who = ", ".join(one.name or one.email for one in booking.attendees[:1])
    if booking.status == "pending":
        yield button(f"/confirm/{booking.uid}", _("Confirm"), label=_("Confirm the booking of %(who)s") % {"who": who})
        yield button(f"/decline/{booking.uid}", _("Decline"), label=_("Decline the booking of %(who)s") % {"who": who})
    if booking.status in {"accepted", "pending"}:
        if not booking.is_seated:
            label = _("Move the booking of %(who)s") % {"who": who}
            yield html(
                "<a class='act' href='/move/{uid}' aria-label='{label}'>{move}</a>",
                uid=booking.uid,
                label=label,
                move=_("Move"),
            )
        yield button(f"/cancel/{booking.uid}", _("Cancel it"), label=_("Cancel the booking of %(who)s") % {"who": who})


def _sent(world: World) -> Html:
    heads = [_("Sent"), _("Event"), _("Booking"), _("Sent to"), _("Answer")]
    return html(
        "<h2 id='webhooks'>{title}</h2>{table}",
        title=_("Webhooks sent, newest first"),
        table=table(
            heads,
            (_delivered(one) for one in reversed(world.deliveries[-_SENT_SHOWN:])),
            empty=_("No webhook was sent yet."),
        ),
    )


def _delivered(delivery: Delivery) -> list[Html | str]:
    answer = " ".join(str(one) for one in (delivery.status, delivery.note) if one) or _("none")
    return [when(delivery.at), delivery.trigger, delivery.uid, urlsplit(delivery.url).netloc, answer]


def _faults(call: Call) -> Html:
    on = switches.those_on(call.sandbox.faults)
    words = switches.words()
    rows = (
        [
            words[name],
            html("<b>{on}</b>", on=_("on")) if name in on else _("off"),
            _switch(name, is_on=name in on, what=words[name]),
        ]
        for name in switches.PRESETS
    )
    return html(
        "<h2 id='faults'>{title}</h2><p class='quiet'>{text}</p>{table}",
        title=_("What may go wrong"),
        text=_("Faults meet the clients of the API, such as Slotkeeper, and the webhooks; they do not meet this page."),
        table=table([_("Fault"), _("State"), ""], rows, empty=""),
    )


def _switch(name: str, *, is_on: bool, what: str) -> Html:
    text = _("Switch off") if is_on else _("Switch on")
    return button(
        "/faults",
        text,
        kind="on" if is_on else "",
        fields={"name": name, "on": "no" if is_on else "yes"},
        label=f"{text}: {what}",
    )
