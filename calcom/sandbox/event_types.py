"""Personal event types: list, get, create, change, delete."""

from __future__ import annotations

from calcom.sandbox.event_type_defaults import fields_of
from calcom.sandbox.event_type_rules import slugified, validate
from calcom.sandbox.event_type_view import of_team, personal
from calcom.sandbox.router import Call, route
from calcom.sandbox.state import EventType, Json
from calcom.sandbox.wire import Answer, Refusal, malformed, success

SLUG_TAKEN = "User already has an event type with this slug."


@route("GET", "/event-types", group="event_types", auth="optional")
def index(call: Call) -> Answer:
    """The caller's own with the hidden ones, or the public ones of a username. Nobody asked for: an empty list."""
    names = [name for name in (call.first("username"), *call.first("usernames").split(",")) if name]
    with call.world.lock:
        if names:
            owners = {user.id for user in call.world.users.values() if user.username in names}
            found = [one for one in _personal(call) if one.owner_id in owners and not one.is_hidden]
        else:
            found = [one for one in _personal(call) if call.user and one.owner_id == call.user.id]
        if slug := call.first("eventSlug"):
            found = [one for one in found if one.slug == slug]
        found.sort(key=lambda one: one.id, reverse=call.first("sortCreatedAt") == "desc")
        return success([personal(call.world, one, is_listed=True) for one in found])


@route("GET", "/event-types/{eventTypeId}", group="event_types")
def show(call: Call) -> Answer:
    """One event type, for its owner and its hosts."""
    with call.world.lock:
        event_type = visible(call)
        is_team = event_type.team_id is not None
        return success(of_team(call.world, event_type) if is_team else personal(call.world, event_type))


@route("POST", "/event-types", group="event_types")
def create(call: Call) -> Answer:
    """A new event type of the caller."""
    body = call.body
    validate(body, is_new=True)
    with call.world.lock:
        slug = _free_slug(call, body["slug"])
        event_type = EventType(
            id=call.world.next_id("event_type"),
            owner_id=call.me.id,
            title=body["title"],
            slug=slug,
            length_min=body["lengthInMinutes"],
            host_ids=[call.me.id],
            fields=fields_of(body),
            is_hidden=bool(body.get("hidden")),
        )
        call.world.event_types[event_type.id] = event_type
        return success(personal(call.world, event_type), status=201)


@route("PATCH", "/event-types/{eventTypeId}", group="event_types")
def change(call: Call) -> Answer:
    """Changes what is given."""
    body = call.body
    validate(body, is_new=False)
    with call.world.lock:
        event_type = visible(call)
        if "slug" in body:
            event_type.slug = _free_slug(call, body["slug"], but=event_type)
        apply_changes(event_type, body)
        return success(personal(call.world, event_type))


@route("DELETE", "/event-types/{eventTypeId}", group="event_types")
def delete(call: Call) -> Answer:
    """Removes one. Its bookings stay and name no event type."""
    with call.world.lock:
        event_type = visible(call)
        forget(call, event_type)
        return success(deleted(event_type))


def visible(call: Call) -> EventType:
    """The event type of the path, if the caller may see it."""
    found = call.world.event_types.get(number(call.params["eventTypeId"]))
    if found is None or call.me.id not in {found.owner_id, *found.host_ids}:
        raise Refusal(404, f"Event type with id {call.params['eventTypeId']} not found")
    return found


def number(text: str) -> int:
    """An id from a path. Letters end in the database's error, as they do at Cal.com."""
    if not text.isdigit():
        raise Refusal(500, "There was an error, please try again later.", code="INTERNAL_SERVER_ERROR", details=False)
    return int(text)


def apply_changes(event_type: EventType, body: Json) -> None:
    """Writes what a PATCH changes, all but the slug."""
    event_type.title = body.get("title", event_type.title)
    event_type.length_min = body.get("lengthInMinutes", event_type.length_min)
    event_type.is_hidden = body.get("hidden", event_type.is_hidden)
    event_type.fields = fields_of(body, before=event_type.fields)


def forget(call: Call, event_type: EventType) -> None:
    """Removes an event type and its subscriptions."""
    del call.world.event_types[event_type.id]
    for subscription in list(call.world.subscriptions.values()):
        if subscription.event_type_id == event_type.id:
            del call.world.subscriptions[subscription.id]


def deleted(event_type: EventType) -> Json:
    """What DELETE answers."""
    return {
        "id": event_type.id,
        "lengthInMinutes": event_type.length_min,
        "slug": event_type.slug,
        "title": event_type.title,
    }


def _personal(call: Call) -> list[EventType]:
    return [one for one in call.world.event_types.values() if one.team_id is None]


def _free_slug(call: Call, wanted: str, *, but: EventType | None = None) -> str:
    slug = slugified(wanted)
    if any(one.slug == slug and one.owner_id == call.me.id and one is not but for one in _personal(call)):
        raise malformed(SLUG_TAKEN)
    return slug
