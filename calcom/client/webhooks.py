"""Webhook subscriptions of a user, an event type, a team's event type, an organization. No version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from calcom.client.base import Caller, Listing
from calcom.schemas.accounts import WebhookRead
from calcom.transport import Call

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Level:
    """Whose bookings a subscription hears of. All empty: those of the key's user."""

    event_type_id: int | None = None
    team_id: int | None = None
    organization_id: int | None = None

    @property
    def path(self) -> str:
        """Where its subscriptions are kept."""
        if self.organization_id is not None:
            return f"/organizations/{self.organization_id}/webhooks"
        if self.event_type_id is None:
            return "/webhooks"
        team = f"/teams/{self.team_id}" if self.team_id is not None else ""
        return f"{team}/event-types/{self.event_type_id}/webhooks"

    @property
    def endpoint(self) -> str:
        """The same for people and logs."""
        if self.organization_id is not None:
            return "/organizations/{id}/webhooks"
        if self.event_type_id is None:
            return "/webhooks"
        return f"{'/teams/{id}' if self.team_id is not None else ''}/event-types/{{id}}/webhooks"


class Webhooks(Caller):
    """Custom payload templates are never set: they replace the body that we can read."""

    def webhooks(self, level: Level) -> Listing[WebhookRead]:
        """All subscriptions at a level."""
        return self.paged(WebhookRead, level.endpoint, level.path)

    def create_webhook(self, level: Level, *, url: str, triggers: Sequence[str], secret: str) -> WebhookRead:
        """Raises CalcomRejected for an unknown trigger, an address it will not call, and one that exists (409)."""
        body = {"active": True, "subscriberUrl": url, "triggers": sorted(set(triggers)), "secret": secret}
        return self._subscribed(Call("POST", level.endpoint, level.path, body=body))

    def update_webhook(self, level: Level, webhook_id: str, **fields: Any) -> WebhookRead:
        """Change some fields, by Cal.com's own names: active, subscriberUrl, triggers, secret, payloadTemplate."""
        return self._subscribed(Call("PATCH", f"{level.endpoint}/{{id}}", _one(level, webhook_id), body=fields))

    def delete_webhook(self, level: Level, webhook_id: str) -> None:
        """Raises CalcomNotFound."""
        self.call(Call("DELETE", f"{level.endpoint}/{{id}}", _one(level, webhook_id)))

    def _subscribed(self, call: Call) -> WebhookRead:
        return self.parse(WebhookRead, self.call(call), call)


def _one(level: Level, webhook_id: str) -> str:
    return f"{level.path}/{quote(webhook_id, safe='')}"
