"""Webhook subscriptions at Cal.com: which a company needs, what is there, and how to mend it.

Which level: bookings of a user's own event types fire the user's webhook. Round-robin and collective ones do not, they
need one of the event type; and an organization's webhook hears of everything. Each event type is heard at one level, as
far as that can be: the same address at two levels means every delivery twice.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from calcom.client.webhooks import Level
from calcom.errors import CalcomMisconfigured, CalcomRejected, Where
from calcom.schemas.accounts import WebhookRead
from companies.credentials import set_webhook_secret, webhook_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from calcom.client import CalcomClient
    from calcom.schemas.event_types import EventTypeRead
    from companies.models import Company

# All that changes an appointment here. webhooks.handlers has a handler for each.
TRIGGERS = (
    "BOOKING_CREATED",
    "BOOKING_REQUESTED",
    "BOOKING_RESCHEDULED",
    "BOOKING_REJECTED",
    "BOOKING_CANCELLED",
    "BOOKING_PAYMENT_INITIATED",
    "BOOKING_PAID",
    "BOOKING_LOCATION_UPDATED",
    "BOOKING_REASSIGNED",
    "BOOKING_NO_SHOW_UPDATED",
    "MEETING_STARTED",
    "MEETING_ENDED",
    "RECORDING_READY",
)
# Without these a booking is missed; a server may know fewer of the others.
NEEDED = frozenset(
    {"BOOKING_CREATED", "BOOKING_REQUESTED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED", "BOOKING_REJECTED"}
)

_UNKNOWN_TRIGGER = re.compile(r"must be one of the following values: ([A-Z_, ]+)")
_HEARD_BY_EVENT_TYPE = {"roundRobin", "collective", "managed"}


class State(StrEnum):
    """How a subscription stands, or what was done to it."""

    OK = "ok"
    MISSING = "missing"
    WRONG = "wrong"
    CREATED = "created"
    REPAIRED = "repaired"


@dataclass(frozen=True)
class Subscription:
    """One level, what is there, and what is wrong with it in words."""

    level: Level
    state: State
    problems: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether deliveries will come, now."""
        return self.state not in {State.MISSING, State.WRONG}


@dataclass(frozen=True)
class Found:
    """The event types that a key reaches, by where their bookings are heard."""

    own: Sequence[EventTypeRead] = ()
    of_teams: dict[int, Sequence[EventTypeRead]] = field(default_factory=dict)


def levels(company: Company, found: Found) -> list[Level]:
    """Where subscriptions are needed: the organization alone, or the user and what it does not cover."""
    if company.calcom_organization_id is not None:
        return [Level(organization_id=company.calcom_organization_id)]
    wanted = [Level()] if any(_is_users(one) for one in found.own) or not found.of_teams else []
    wanted += [Level(event_type_id=one.id) for one in found.own if not _is_users(one)]
    for team_id, event_types in found.of_teams.items():
        wanted += [Level(event_type_id=one.id, team_id=team_id) for one in event_types]
    return wanted


def _is_users(event_type: EventTypeRead) -> bool:
    return event_type.scheduling_type not in _HEARD_BY_EVENT_TYPE


def register(client: CalcomClient, *, found: Found, check_only: bool = False) -> list[Subscription]:
    """Make sure that Cal.com tells the company of every booking; with `check_only` only say how it stands.

    A company without a secret gets one. Raises CalcomError.
    """
    company = client.company
    if not company.webhook_secret and not check_only:
        set_webhook_secret(company, secrets.token_urlsafe(32))
    return [_registered(client, level, check_only=check_only) for level in levels(company, found)]


def _registered(client: CalcomClient, level: Level, *, check_only: bool) -> Subscription:
    address = webhook_address(client.company)
    present = _with_address(client.webhooks(level), address)
    if present is None:
        return Subscription(level, State.MISSING, ("there is none",)) if check_only else _created(client, level)
    problems = _problems(present, client.company)
    if not problems:
        return Subscription(level, State.OK, triggers=tuple(present.triggers))
    if check_only:
        return Subscription(level, State.WRONG, tuple(problems), tuple(present.triggers))
    mended = _repaired(client, level, present)
    return Subscription(level, State.REPAIRED, tuple(problems), tuple(mended.triggers))


def _with_address(there: Iterable[WebhookRead], address: str) -> WebhookRead | None:
    return next((one for one in there if one.subscriber_url.rstrip("/") == address), None)


def _problems(present: WebhookRead, company: Company) -> list[str]:
    """What keeps the subscription from being right, in words. Never shows a secret."""
    missing = sorted(NEEDED - set(present.triggers))
    checks = {
        "it is switched off": present.active is False,
        f"triggers are missing: {', '.join(missing)}": bool(missing),
        "it signs with another secret": present.secret != company.webhook_secret or not present.secret,
        "a custom payload template replaces the body": bool(present.payload_template),
    }
    return [words for words, is_so in checks.items() if is_so]


def _created(client: CalcomClient, level: Level) -> Subscription:
    """A new one; where Cal.com says that it exists (409), the present one is mended."""
    company = client.company

    def create(triggers: Sequence[str]) -> WebhookRead:
        return client.create_webhook(
            level, url=webhook_address(company), triggers=triggers, secret=company.webhook_secret
        )

    try:
        made = _with_known_triggers(create)
    except CalcomRejected as error:
        if error.status != 409:
            raise
        present = _with_address(client.webhooks(level), webhook_address(company))
        if present is None:
            raise
        made = _repaired(client, level, present)
        return Subscription(level, State.REPAIRED, triggers=tuple(made.triggers))
    return Subscription(level, State.CREATED, triggers=tuple(made.triggers))


def _repaired(client: CalcomClient, level: Level, present: WebhookRead) -> WebhookRead:
    fields: dict[str, Any] = {"active": True, "secret": client.company.webhook_secret}
    if present.payload_template:
        fields["payloadTemplate"] = None
    return _with_known_triggers(
        lambda triggers: client.update_webhook(level, present.id, triggers=sorted(triggers), **fields)
    )


def _with_known_triggers(write: Any) -> WebhookRead:
    """Write with all triggers, or with those the server knows: an unknown one fails the whole call."""
    try:
        made: WebhookRead = write(TRIGGERS)
    except CalcomRejected as error:
        known = _UNKNOWN_TRIGGER.search(error.reason)
        if not known:
            raise
        shared = [trigger for trigger in TRIGGERS if trigger in set(known[1].replace(",", " ").split())]
        if not shared:
            raise
        made = write(shared)
    return made


def check_address(company: Company) -> None:
    """Raises CalcomMisconfigured where the webhook address is no address at all: PUBLIC_BASE_URL is not set."""
    address = webhook_address(company)
    if not re.match(r"https?://[^/]+/", address):
        where = Where(company_id=company.pk, company=company.name, endpoint="settings")
        raise CalcomMisconfigured("set PUBLIC_BASE_URL: Cal.com needs an address to call.", where=where)
