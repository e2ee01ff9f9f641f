"""Choosing a time: two weeks of days on which something is free, and the times of one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from calcom.sandbox.page.asking import Reply, ask
from calcom.sandbox.page.layout import Html, html, join, page
from calcom.sandbox.page.words import ZONE, _, day, ngettext
from calcom.sandbox.router import Call
from calcom.sandbox.state import EventType
from calcom.sandbox.wire import Answer

_DAYS = 14


@dataclass(frozen=True)
class Choice:
    """Where a time is chosen for: the page's address, the event type, its length, the booking that moves."""

    path: str
    title: str
    event_type: EventType
    length: str = ""
    moving: str = ""

    def link(self, **query: str) -> str:
        """The same page with something chosen."""
        chosen = {"length": self.length} if self.length else {}
        return f"{self.path}?{urlencode(chosen | query)}"


def times_page(call: Call, choice: Choice, *, refusal: str = "") -> Answer:
    """Two weeks of days with free times, and the times of the chosen one."""
    first = _first_day(call)
    reply = _free(call, choice, first)
    days: dict[str, list[dict[str, Any]]] = reply.data or {}
    chosen = call.first("day") if call.first("day") in days else next(iter(days), "")
    content = join(
        [
            html("<h1>{title}</h1>", title=choice.title),
            _lengths(choice),
            _days(choice, days, chosen) if days else html("<p>{t}</p>", t=_("Nothing is free in these two weeks.")),
            _day_times(choice, days.get(chosen, [])),
            _weeks(call, choice, first),
        ]
    )
    said = refusal or reply.refusal
    return page(call, title=choice.title, content=content, said=said, is_bad=True, status=400 if said else 200)


def _first_day(call: Call) -> datetime:
    today = call.world.now().astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        wanted = datetime.fromisoformat(call.first("from")).replace(tzinfo=ZONE)
    except ValueError:
        return today
    return max(wanted, today)


def _free(call: Call, choice: Choice, first: datetime) -> Reply:
    query = {
        "eventTypeId": str(choice.event_type.id),
        "start": f"{first:%Y-%m-%d}",
        "end": f"{first + timedelta(days=_DAYS - 1):%Y-%m-%d}",
        "timeZone": str(ZONE),
        "format": "range",
        **({"duration": choice.length} if choice.length else {}),
        **({"bookingUidToReschedule": choice.moving} if choice.moving else {}),
    }
    return ask(call, "GET", "/slots", query=query)


def _lengths(choice: Choice) -> Html:
    lengths = choice.event_type.fields.get("lengthInMinutesOptions") or []
    if not lengths or choice.moving:
        return Html("")
    chosen = choice.length or str(choice.event_type.length_min)
    return html(
        "<ul class='times'>{links}</ul>",
        links=join(
            _chip(f"{choice.path}?length={one}", _("%(n)s min") % {"n": one}, is_chosen=str(one) == chosen)
            for one in lengths
        ),
    )


def _days(choice: Choice, days: dict[str, list[dict[str, Any]]], chosen: str) -> Html:
    def links() -> Iterator[Html]:
        for date, times in days.items():
            free = ngettext("%(n)s time", "%(n)s times", len(times)) % {"n": len(times)}
            moment = datetime.fromisoformat(date).replace(tzinfo=ZONE)
            link = choice.link(day=date, **{"from": next(iter(days))})
            yield _chip(link, day(moment), note=free, is_chosen=date == chosen)

    return html("<h2>{head}</h2><ul class='times'>{days}</ul>", head=_("Day"), days=join(links()))


def _day_times(choice: Choice, times: list[dict[str, Any]]) -> Html:
    if not times:
        return Html("")
    pieces = join(_time(choice, one) for one in times)
    return html("<h2>{head}</h2><ul class='times'>{times}</ul>", head=_("Time"), times=pieces)


def _time(choice: Choice, slot: dict[str, Any]) -> Html:
    """A link to the form; where a booking moves, a button that moves it."""
    start = slot["start"]
    clock = f"{datetime.fromisoformat(start).astimezone(ZONE):%H:%M}"
    seats = _("%(n)s seats left") % {"n": slot["seatsRemaining"]} if "seatsRemaining" in slot else ""
    if not choice.moving:
        return _chip(choice.link(start=start), clock, note=seats)
    return html(
        "<li><form method='post' action='{path}'><button name='start' value='{start}'>{clock}</button></form></li>",
        path=choice.path,
        start=start,
        clock=clock,
    )


def _weeks(call: Call, choice: Choice, first: datetime) -> Html:
    later = html(
        "<a href='{link}'>{text}</a>",
        link=choice.link(**{"from": f"{first + timedelta(days=_DAYS):%Y-%m-%d}"}),
        text=_("The next two weeks"),
    )
    return html("<p>{later} · <a href='/'>{back}</a></p>", later=later, back=_("Back to the overview"))


def _chip(link: str, text: str, *, note: str = "", is_chosen: bool = False) -> Html:
    return html(
        "<li><a href='{link}'{current}>{text}{note}</a></li>",
        link=link,
        current=Html(" aria-current='true'") if is_chosen else Html(""),
        text=text,
        note=html("<small>{note}</small>", note=note) if note else Html(""),
    )
