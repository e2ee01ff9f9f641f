"""Webhooks: who gets them, signed and sent inside the request, once, whatever the receiver answers.

One delivery per matching subscription (user, event type, managed parent, team, organization). `world.lock` is never
held while sending: a receiver may be slow, and may call back.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from calcom.sandbox import rendering
from calcom.sandbox.bookings.lookup import team_of
from calcom.sandbox.installation import Installation
from calcom.sandbox.meetings import meeting_body, name_of
from calcom.sandbox.state import Booking, Delivery, EventType, Json, ScheduledMeeting, Subscription, World
from calcom.sandbox.wire import instant

VERSION = "2021-10-20"
NO_SECRET = "no-secret-provided"  # noqa: S105 - the literal text of Cal.com's header
KEPT_DELIVERIES = 1000

_OLD_MEETINGS = timedelta(days=1)
_MEETINGS = ("MEETING_STARTED", "MEETING_ENDED")
_QUEUED = ("BOOKING_REQUESTED",)  # this path ignores the template, and keeps its content type
_NARROW = ("BOOKING_NO_SHOW_UPDATED",)  # the community edition asks only user and event type
_ALWAYS_THE_HOST = ("BOOKING_REJECTED",)


@dataclass(frozen=True)
class Parcel:
    """One webhook, ready to be sent."""

    trigger: str
    uid: str
    url: str
    body: bytes
    headers: dict[str, str]


def announce(sandbox: Installation, trigger: str, booking: Booking, payload: Json) -> None:
    """Sends one event to everybody who wants it. Do not hold the lock."""
    for subscription in subscribers(sandbox.world, booking, trigger):
        created_at = instant(sandbox.world.now())
        text, content_type = _body(subscription, trigger, payload, created_at)
        _dispatch(sandbox, _parcel(subscription, trigger, booking.uid, text, content_type))


def subscribers(world: World, booking: Booking, trigger: str) -> list[Subscription]:
    """The active subscriptions with this trigger that a booking matches."""
    with world.lock:
        event_type = world.event_types.get(booking.event_type_id or 0)
        return [
            subscription
            for subscription in world.subscriptions.values()
            if subscription.active
            and trigger in subscription.triggers
            and _matches(world, subscription, booking, event_type, trigger)
        ]


def schedule_meetings(world: World, booking: Booking) -> None:
    """Notes MEETING_STARTED and MEETING_ENDED to come, as the booking is now. The lock is held."""
    booking.meetings = [
        ScheduledMeeting(
            at=booking.starts_at if trigger == "MEETING_STARTED" else booking.ends_at,
            subscription_id=subscription.id,
            url=subscription.url,
            body=meeting_body(world, booking, trigger),
        )
        for trigger in _MEETINGS
        for subscription in subscribers(world, booking, trigger)
    ]


def send_due_meetings(sandbox: Installation) -> int:
    """Sends every MEETING_* whose time has come; those older than a day are dropped. Returns how many were sent."""
    world = sandbox.world
    with world.lock:
        now = world.now()
        due = [found for booking in world.bookings.values() for found in _taken(booking, now)]
        ready = [
            (meeting, world.subscriptions[meeting.subscription_id])
            for meeting in sorted(due, key=lambda meeting: meeting.at)
            if meeting.subscription_id in world.subscriptions and now - meeting.at <= _OLD_MEETINGS
        ]
    for meeting, subscription in ready:
        text = rendering.compact(meeting.body)
        parcel = _parcel(
            subscription, name_of(meeting), meeting.body["uid"], text, rendering.JSON_TYPE, url=meeting.url
        )
        _dispatch(sandbox, parcel)
    return len(ready)


def signature(secret: str | None, body: bytes) -> str:
    """What X-Cal-Signature-256 says: HMAC-SHA256 over the raw body, or that there is no secret."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() if secret else NO_SECRET


def _matches(
    world: World, subscription: Subscription, booking: Booking, event_type: EventType | None, trigger: str
) -> bool:
    if subscription.user_id is not None:
        is_personal = event_type is None or event_type.team_id is None
        return subscription.user_id == booking.host_id and (is_personal or trigger in _ALWAYS_THE_HOST)
    if subscription.event_type_id is not None:
        return event_type is not None and subscription.event_type_id in (event_type.id, event_type.parent_id)
    if trigger in _NARROW:
        return False
    if subscription.team_id is not None:
        return subscription.team_id == team_of(world, event_type)
    return subscription.organization_id in _organizations(world, booking, event_type)


def _organizations(world: World, booking: Booking, event_type: EventType | None) -> set[int]:
    team = world.teams.get(team_of(world, event_type) or 0)
    host = world.users.get(booking.host_id)
    found = {team.organization_id if team else None, host.organization_id if host else None}
    return {organization_id for organization_id in found if organization_id is not None}


def _taken(booking: Booking, now: datetime) -> list[ScheduledMeeting]:
    due = [meeting for meeting in booking.meetings if meeting.at <= now]
    booking.meetings = [meeting for meeting in booking.meetings if meeting.at > now]
    return due


def _body(subscription: Subscription, trigger: str, payload: Json, created_at: str) -> tuple[str, str]:
    template = subscription.payload_template
    content_type = rendering.content_type(template)
    if template and trigger not in _QUEUED:
        return rendering.rendered(template, {"triggerEvent": trigger, "createdAt": created_at, **payload}), content_type
    envelope = {"triggerEvent": trigger, "createdAt": created_at, "payload": payload}
    return rendering.compact(envelope), content_type


def _parcel(
    subscription: Subscription, trigger: str, uid: str, text: str, content_type: str, *, url: str = ""
) -> Parcel:
    body = text.encode()
    headers = {
        "Content-Type": content_type,
        "X-Cal-Signature-256": signature(subscription.secret, body),
        "X-Cal-Webhook-Version": VERSION,
        "User-Agent": "node",
        "Accept": "*/*",
    }
    return Parcel(trigger, uid, url or subscription.url, body, headers)


def _dispatch(sandbox: Installation, parcel: Parcel) -> None:
    rule = sandbox.faults.take(("webhook_lost", "webhook_reorder", "webhook_duplicate"), trigger=parcel.trigger)
    kind = rule.kind if rule else ""
    if kind == "webhook_lost":
        _note(sandbox.world, parcel, None, "lost by a fault")
        return
    if kind == "webhook_reorder" and _held(sandbox.world, parcel):
        return
    _send(sandbox, parcel, "")
    if kind == "webhook_duplicate":
        _send(sandbox, parcel, "sent twice by a fault")
    release(sandbox)


def release(sandbox: Installation) -> None:
    """Send what a fault has held back."""
    for late in _released(sandbox.world):
        _send(sandbox, late, "sent late by a fault")


def _held(world: World, parcel: Parcel) -> bool:
    """Keep the first of two back; the second goes before it."""
    with world.lock:
        if world.held_back:
            return False
        world.held_back.append(parcel)
        return True


def _released(world: World) -> list[Parcel]:
    with world.lock:
        released, world.held_back = world.held_back, []
    return released


def _send(sandbox: Installation, parcel: Parcel, note: str) -> None:
    if urlsplit(parcel.url).username is not None:
        _note(sandbox.world, parcel, None, "a URL with user and password is never called")
        return
    try:
        status = sandbox.sender(parcel.url, parcel.body, parcel.headers)
    except (OSError, http.client.HTTPException, ValueError) as error:
        _note(sandbox.world, parcel, None, f"no answer: {type(error).__name__}")
        return
    _note(sandbox.world, parcel, status, note)


def _note(world: World, parcel: Parcel, status: int | None, note: str) -> None:
    with world.lock:
        world.deliveries.append(Delivery(world.now(), parcel.url, parcel.trigger, parcel.uid, status, note))
        del world.deliveries[:-KEPT_DELIVERIES]
