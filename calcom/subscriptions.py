"""Webhook subscriptions at Cal.com: which a company needs, what is there, and how to mend it.

Which level: bookings of a user's own event types fire the user's webhook. Round-robin and collective ones do not, they
need one of the event type; and an organization's webhook hears of everything. Each event type is heard at one level, as
far as that can be: the same address at two levels means every delivery twice.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import structlog

from calcom.client.webhooks import Level
from calcom.errors import CalcomError, CalcomMisconfigured, CalcomRejected, Where
from calcom.schemas.accounts import WebhookRead
from companies.credentials import set_webhook_secret, webhook_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from calcom.client import CalcomClient
    from calcom.reach import Reached
    from calcom.schemas.event_types import EventTypeRead
    from companies.models import Company

logger = structlog.get_logger(__name__)

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
    FAILED = "failed"


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
        return self.state not in {State.MISSING, State.WRONG, State.FAILED}


def levels(company: Company, reached: Reached) -> list[Level]:
    """Where subscriptions are needed: the organization alone, or the user and what it does not cover."""
    if company.calcom_organization_id is not None:
        return [Level(organization_id=company.calcom_organization_id)]
    own = [one for family in reached.families if family.team_id is None for one in family.types]
    teams = [family for family in reached.families if family.team_id is not None]
    wanted = [Level()] if any(_is_users(one) for one in own) or not any(family.types for family in teams) else []
    wanted += [Level(event_type_id=one.id) for one in own if not _is_users(one)]
    wanted += [Level(event_type_id=one.id, team_id=family.team_id) for family in teams for one in family.types]
    return wanted


def _is_users(event_type: EventTypeRead) -> bool:
    return event_type.scheduling_type not in _HEARD_BY_EVENT_TYPE


def register(client: CalcomClient, reached: Reached, *, check_only: bool = False) -> list[Subscription]:
    """Make sure that Cal.com tells the company of every booking; with `check_only` only say how it stands.

    A level that fails does not stop the others. Left-over subscriptions of the company are named, never deleted. A
    company without a secret gets one.
    """
    company = client.company
    if not company.webhook_secret and not check_only:
        set_webhook_secret(company, secrets.token_urlsafe(32))
    wanted = levels(company, reached)
    told: list[Subscription] = []
    for level in wanted:
        try:
            told += _registered(client, level, check_only=check_only)
        except CalcomError as error:
            told.append(Subscription(level, State.FAILED, (str(error),)))
    for level in _other_levels(client):
        if level not in wanted:
            told += _needless(client, level)
    return told


def _other_levels(client: CalcomClient) -> list[Level]:
    """Where a company may have subscriptions from former times: its user, and the user's organization."""
    try:
        organization_id = client.me().organization_id
    except CalcomError:
        organization_id = None
    return [Level(), *([] if organization_id is None else [Level(organization_id=organization_id)])]


def _registered(client: CalcomClient, level: Level, *, check_only: bool) -> list[Subscription]:
    there = _ours(client.webhooks(level), client.company)
    if not there:
        return [Subscription(level, State.MISSING, ("there is none",)) if check_only else _created(client, level)]
    address = webhook_address(client.company)
    there.sort(key=lambda one: not _leads_to(one, address))
    return [_mended(client, level, there[0], check_only=check_only), *(_left_over(level) for _more in there[1:])]


def _mended(client: CalcomClient, level: Level, present: WebhookRead, *, check_only: bool) -> Subscription:
    problems = _problems(present, client.company)
    if not problems:
        return Subscription(level, State.OK, triggers=tuple(present.triggers))
    if check_only:
        return Subscription(level, State.WRONG, tuple(problems), tuple(present.triggers))
    mended = _repaired(client, level, present)
    return Subscription(level, State.REPAIRED, tuple(problems), tuple(mended.triggers))


def _needless(client: CalcomClient, level: Level) -> list[Subscription]:
    """What the company has at a level where it needs none: each booking is told twice."""
    try:
        return [_left_over(level) for _one in _ours(client.webhooks(level), client.company)]
    except CalcomError as error:
        logger.info("calcom.subscriptions.unknown", endpoint=level.endpoint, reason=str(error))
        return []


def _left_over(level: Level) -> Subscription:
    return Subscription(level, State.WRONG, ("one too many leads here; delete it at Cal.com",))


def _ours(there: Iterable[WebhookRead], company: Company) -> list[WebhookRead]:
    """Those that lead to the company, be it at a former address of ours."""
    return [one for one in there if one.subscriber_url.rstrip("/").endswith(f"/{company.webhook_token}")]


def _leads_to(present: WebhookRead, address: str) -> bool:
    return present.subscriber_url.rstrip("/") == address


def _problems(present: WebhookRead, company: Company) -> list[str]:
    """What keeps the subscription from being right, in words. Never shows a secret."""
    missing = sorted(NEEDED - set(present.triggers))
    checks = {
        "it leads to a former address": not _leads_to(present, webhook_address(company)),
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
        present = _ours(client.webhooks(level), company)
        if not present:
            raise
        made = _repaired(client, level, present[0])
        return Subscription(level, State.REPAIRED, triggers=tuple(made.triggers))
    return Subscription(level, State.CREATED, triggers=tuple(made.triggers))


def _repaired(client: CalcomClient, level: Level, present: WebhookRead) -> WebhookRead:
    fields: dict[str, Any] = {"active": True, "secret": client.company.webhook_secret}
    if present.payload_template:
        fields["payloadTemplate"] = None
    if not _leads_to(present, address := webhook_address(client.company)):
        fields["subscriberUrl"] = address
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
