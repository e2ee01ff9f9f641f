"""Who the key belongs to, teams with their members, and webhook subscriptions."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from calcom.schemas.base import Email, Id, LooseId, ShortText, Text, Wire
from calcom.schemas.event_types import UserRead


def _texts(value: Any) -> Any:
    return [part for part in value if isinstance(part, str)] if isinstance(value, list) else []


class Profile(Wire):
    """The user whose key it is."""

    id: Id
    username: ShortText = ""
    email: Email = ""
    name: ShortText = ""
    time_zone: ShortText = ""
    default_schedule_id: LooseId = None
    organization_id: LooseId = None


class TeamRead(Wire):
    """A team or an organization."""

    id: Id
    name: ShortText = ""
    slug: ShortText = ""
    is_organization: bool | None = None


class MembershipRead(Wire):
    """One user in a team. Role: OWNER, ADMIN, MEMBER, or what a newer server says."""

    id: LooseId = None
    user_id: Id
    team_id: LooseId = None
    accepted: bool | None = None
    role: ShortText = ""
    user: UserRead = UserRead()


class WebhookRead(Wire):
    """A subscription. Its secret comes in clear on every read, and is left out of `repr`."""

    id: Annotated[str, BeforeValidator(str)]
    subscriber_url: Text = ""
    triggers: Annotated[list[str], BeforeValidator(_texts)] = []
    active: bool | None = None
    payload_template: Text = ""
    secret: Text = Field(default="", repr=False)
    user_id: LooseId = None
    event_type_id: LooseId = None
    team_id: LooseId = None
