"""Event types: the user's own, a team's, an organization's. Version 2024-06-14."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from calcom.client.base import MAX_PAGES, PAGE, Caller, Listing
from calcom.schemas.event_types import EventTypeRead
from calcom.transport import Call
from calcom.versions import Group


class EventTypes(Caller):
    """Lists are kept for 300 s; `fresh` asks anew. With `allow_stale` an old list may come when Cal.com is away."""

    def event_types(self, *, fresh: bool = False, allow_stale: bool = False) -> Listing[EventTypeRead]:
        """The personal event types of the key's user, hidden ones too. Those of teams are not among them."""
        call = Call("GET", "/event-types", "/event-types", Group.EVENT_TYPES)
        return self._listed({"of": "own"}, call, fresh=fresh, allow_stale=allow_stale)

    def team_event_types(
        self, team_id: int, *, fresh: bool = False, allow_stale: bool = False
    ) -> Listing[EventTypeRead]:
        """A team's event types. From documentation."""
        call = Call("GET", "/teams/{id}/event-types", f"/teams/{team_id}/event-types", Group.EVENT_TYPES)
        return self._listed({"of": "team", "id": team_id}, call, fresh=fresh, allow_stale=allow_stale)

    def organization_event_types(
        self, organization_id: int, *, fresh: bool = False, allow_stale: bool = False
    ) -> Listing[EventTypeRead]:
        """The event types of all teams of an organization, page by page. From documentation."""
        path = f"/organizations/{organization_id}/teams/event-types"
        found: dict[int, EventTypeRead] = {}
        unreadable: list[int] = []
        is_stale = False
        for number in range(MAX_PAGES):
            skip = number * PAGE
            query: dict[str, str | int] = {"take": PAGE, "skip": skip}
            call = Call("GET", "/organizations/{id}/teams/event-types", path, Group.EVENT_TYPES, query=query)
            args: dict[str, str | int] = {"of": "organization", "id": organization_id, "skip": skip}
            page = self._listed(args, call, fresh=fresh, allow_stale=allow_stale)
            known = len(found)
            found |= {one.id: one for one in page}
            unreadable += page.unreadable
            is_stale = is_stale or page.is_stale
            if len(page) + len(page.unreadable) < PAGE or len(found) == known:
                return Listing(tuple(found.values()), is_stale=is_stale, unreadable=tuple(unreadable))
        raise self.endless(call)

    def event_type(self, event_type_id: int) -> EventTypeRead:
        """One event type of the user's own. Raises CalcomNotFound where it is another's."""
        return self.read(EventTypeRead, _one("GET", event_type_id))

    def create_event_type(self, **fields: Any) -> EventTypeRead:
        """A new one, from Cal.com's own field names: title, slug, lengthInMinutes, …"""
        call = Call("POST", "/event-types", "/event-types", Group.EVENT_TYPES, body=fields)
        return self._changed_event_type(call)

    def update_event_type(self, event_type_id: int, **fields: Any) -> EventTypeRead:
        """Change some fields, by Cal.com's own names. `hosts` replaces the whole list."""
        return self._changed_event_type(_one("PATCH", event_type_id, fields))

    def _listed(
        self, args: dict[str, str | int], call: Call, *, fresh: bool, allow_stale: bool
    ) -> Listing[EventTypeRead]:
        parse = partial(self.readable, EventTypeRead, call=call)
        kept = self.cached("event_types", args, call, parse=parse, allow_stale=allow_stale, fresh=fresh)
        return replace(kept.value, is_stale=kept.is_stale)

    def _changed_event_type(self, call: Call) -> EventTypeRead:
        try:
            return self.parse(EventTypeRead, self.call(call), call)
        finally:
            self.forget_event_types()


def _one(method: str, event_type_id: int, fields: dict[str, Any] | None = None) -> Call:
    return Call(method, "/event-types/{id}", f"/event-types/{event_type_id}", Group.EVENT_TYPES, body=fields)
