"""Webhook subscriptions on four levels: user, event type, and, from documentation, team event type and organization.

The same routes under four paths: `_LEVELS` says for each who may use it and which rows are its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from calcom.sandbox.event_types import number
from calcom.sandbox.membership import administered_organization, administered_team
from calcom.sandbox.router import Call, route
from calcom.sandbox.state import Json, Subscription
from calcom.sandbox.subscription_rules import VERSION, validate
from calcom.sandbox.wire import Answer, Refusal, instant, malformed, success

_ERROR_TRIGGER = "DELEGATION_CREDENTIAL_ERROR"
Owner = dict[str, int]


@dataclass(frozen=True)
class Level:
    """One family of webhook routes. `owner` checks the caller and names the columns of this level's rows."""

    path: str
    name: str
    owner: Callable[[Call], Owner]
    guard: Callable[[Call, Subscription, Owner], None]


def _index(level: Level, call: Call) -> Answer:
    with call.world.lock:
        owner = level.owner(call)
        found = [shape(one) for one in _newest_first(call) if _belongs(one, owner)]
    skip, take = int(call.first("skip", "0")), int(call.first("take", "250"))
    return success(found[skip : skip + take])


def _create(level: Level, call: Call) -> Answer:
    body = call.body
    with call.world.lock:
        owner = level.owner(call)
        validate(body, is_new=True)
        if _ERROR_TRIGGER in body["triggers"] and level.name != "organization":
            raise malformed(f"{_ERROR_TRIGGER} trigger is only available for organization webhooks")
        if _twin(call, owner, body["subscriberUrl"]):
            raise Refusal(409, f"Webhook with this subscriber url already exists for this {level.name}")
        subscription = Subscription(
            id=call.world.new_uuid(),
            url=body["subscriberUrl"],
            triggers=list(body["triggers"]),
            active=body["active"],
            secret=body.get("secret"),
            payload_template=body.get("payloadTemplate"),
            created_at=call.world.now(),
            **owner,
        )
        call.world.subscriptions[subscription.id] = subscription
        return success(shape(subscription), status=201)


def _show(level: Level, call: Call) -> Answer:
    with call.world.lock:
        return success(_whole_row(_found(level, call)))


def _change(level: Level, call: Call) -> Answer:
    body = call.body
    with call.world.lock:
        subscription = _found(level, call)
        validate(body, is_new=False)
        twin = _twin(call, level.owner(call), body.get("subscriberUrl", ""))
        if twin and twin is not subscription:
            message = "Invalid Input: Trying to create a record that already exists."
            raise Refusal(409, message, code="CONFLICT", details=False)
        subscription.url = body.get("subscriberUrl", subscription.url)
        subscription.triggers = list(body.get("triggers", subscription.triggers))
        subscription.active = body.get("active", subscription.active)
        subscription.secret = body.get("secret", subscription.secret)
        subscription.payload_template = body.get("payloadTemplate", subscription.payload_template)
        return success(shape(subscription))


def _delete(level: Level, call: Call) -> Answer:
    with call.world.lock:
        subscription = _found(level, call)
        del call.world.subscriptions[subscription.id]
        return success(shape(subscription))


def _delete_all(level: Level, call: Call) -> Answer:
    with call.world.lock:
        owner = level.owner(call)
        own = [one.id for one in call.world.subscriptions.values() if _belongs(one, owner)]
        for one in own:
            del call.world.subscriptions[one]
    return success(f"{len(own)} webhooks deleted")


def shape(subscription: Subscription) -> Json:
    """A subscription as lists and changes write it: with its level's id, with the secret in clear."""
    owners = {
        "userId": subscription.user_id,
        "eventTypeId": subscription.event_type_id,
        "teamId": subscription.organization_id or subscription.team_id,
    }
    return {
        "id": subscription.id,
        "payloadTemplate": subscription.payload_template,
        "triggers": subscription.triggers,
        "subscriberUrl": subscription.url,
        "active": subscription.active,
        "secret": subscription.secret,
    } | {name: value for name, value in owners.items() if value is not None}


def _whole_row(subscription: Subscription) -> Json:
    """A single GET shows more than a list does."""
    row: Json = {"userId": None, "teamId": None, "eventTypeId": None}
    if subscription.created_at:
        row["createdAt"] = instant(subscription.created_at)
    row |= {"appId": None, "platform": False, "time": None, "timeUnit": None, "version": VERSION, "oAuthClientId": None}
    return row | shape(subscription)


def _found(level: Level, call: Call) -> Subscription:
    owner = level.owner(call)
    given = call.params["webhookId"]
    subscription = call.world.subscriptions.get(given)
    if subscription is None:
        raise Refusal(404, f"Webhook ({given}) not found")
    level.guard(call, subscription, owner)
    return subscription


def _belongs(subscription: Subscription, owner: Owner) -> bool:
    return all(getattr(subscription, column) == value for column, value in owner.items())


def _twin(call: Call, owner: Owner, url: str) -> Subscription | None:
    rows = call.world.subscriptions.values()
    return next((one for one in rows if one.url == url and _belongs(one, owner)), None)


def _newest_first(call: Call) -> list[Subscription]:
    return list(reversed(call.world.subscriptions.values()))


def _user(call: Call) -> Owner:
    return {"user_id": call.me.id}


def _user_guard(call: Call, subscription: Subscription, owner: Owner) -> None:
    if not _belongs(subscription, owner):
        owned = f"webhook with id=({subscription.id})"
        raise Refusal(403, f"IsUserWebhookGuard - user with id=({call.me.id}) is not the owner of {owned}")


def _event_type(call: Call) -> Owner:
    wanted = number(call.params["eventTypeId"])
    event_type = call.world.event_types.get(wanted)
    if event_type is None:
        raise Refusal(404, f"IsUserEventTypeWebhookGuard - Event type ({wanted}) not found")
    if event_type.owner_id != call.me.id:
        text = f"IsUserEventTypeWebhookGuard - User ({call.me.id}) is not the owner of event type ({wanted})"
        raise Refusal(403, text)
    return {"event_type_id": wanted}


def _team_event_type(call: Call) -> Owner:
    team = administered_team(call, guard="IsTeamEventTypeWebhookGuard")
    wanted = number(call.params["eventTypeId"])
    event_type = call.world.event_types.get(wanted)
    if event_type is None or event_type.team_id != team.id:
        raise Refusal(404, f"IsTeamEventTypeWebhookGuard - Event type ({wanted}) not found")
    return {"event_type_id": wanted}


def _event_type_guard(prefix: str, call: Call, subscription: Subscription, owner: Owner) -> None:
    if not _belongs(subscription, owner):
        text = f"Webhook ({subscription.id}) is not associated with event type ({owner['event_type_id']})"
        raise Refusal(403, f"{prefix} - {text}")


def _organization(call: Call) -> Owner:
    return {"organization_id": administered_organization(call).id}


def _organization_guard(call: Call, subscription: Subscription, owner: Owner) -> None:
    if not _belongs(subscription, owner):
        text = f"Webhook ({subscription.id}) is not part of the organization with id=({owner['organization_id']})"
        raise Refusal(403, f"IsWebhookInOrg - {text}")


_LEVELS = (
    Level("/webhooks", "user", _user, _user_guard),
    Level(
        "/event-types/{eventTypeId}/webhooks",
        "event type",
        _event_type,
        partial(_event_type_guard, "IsUserEventTypeWebhookGuard"),
    ),
    Level(
        "/teams/{teamId}/event-types/{eventTypeId}/webhooks",
        "event type",
        _team_event_type,
        partial(_event_type_guard, "IsTeamEventTypeWebhookGuard"),
    ),
    Level("/organizations/{orgId}/webhooks", "organization", _organization, _organization_guard),
)
for _level in _LEVELS:
    route("GET", _level.path)(partial(_index, _level))
    route("POST", _level.path)(partial(_create, _level))
    route("GET", f"{_level.path}/{{webhookId}}")(partial(_show, _level))
    route("PATCH", f"{_level.path}/{{webhookId}}")(partial(_change, _level))
    route("DELETE", f"{_level.path}/{{webhookId}}")(partial(_delete, _level))
    if _level.name == "event type":
        route("DELETE", _level.path)(partial(_delete_all, _level))
