"""Event types as the API lists them: an id, a title, a length, and who hosts. Everything else may be missing."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from calcom.schemas.base import Id, LooseId, ShortText, Text, Wire, clip, text


def _list(value: Any) -> Any:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _object(value: Any) -> Any:
    """Several parts collapse to {"disabled": true}, null, or are absent: all of that is nothing."""
    return value if isinstance(value, dict) and not value.get("disabled") else None


def _whole(value: Any) -> Any:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31 else None


def _wholes(value: Any) -> Any:
    return [part for part in value if _whole(part)] if isinstance(value, list) else []


Objects = Annotated[list[dict[str, Any]], BeforeValidator(_list)]
Object = Annotated[dict[str, Any] | None, BeforeValidator(_object)]
Minutes = Annotated[int | None, BeforeValidator(_whole)]


class UserRead(Wire):
    """Who owns an event type."""

    id: LooseId = None
    name: ShortText = ""
    username: ShortText = ""
    email: ShortText = ""


class HostRead(Wire):
    """Who hosts a team's event type."""

    user_id: LooseId = None
    name: ShortText = ""
    username: ShortText = ""
    mandatory: bool | None = None
    priority: Text = ""


class EventTypeRead(Wire):
    """One event type. `price` is in minor units of `currency`; lengths are minutes."""

    id: Id
    title: ShortText = ""
    slug: ShortText = ""
    length_in_minutes: Annotated[int, Field(ge=1, le=100_000)]
    length_in_minutes_options: Annotated[list[int], BeforeValidator(_wholes)] = []
    description: Text = ""
    hidden: bool | None = None
    price: Annotated[int | None, BeforeValidator(_whole)] = None
    currency: Annotated[str, BeforeValidator(text), clip(3)] = ""
    scheduling_type: Annotated[str, BeforeValidator(text), clip(32)] = ""
    parent_event_type_id: LooseId = None
    team_id: LooseId = None
    owner_id: LooseId = None
    users: Annotated[list[UserRead], BeforeValidator(_list)] = []
    hosts: Annotated[list[HostRead], BeforeValidator(_list)] = []
    seats_per_time_slot: Minutes = None
    recurrence: Object = None
    confirmation_policy: Object = None
    seats: Object = None
    disable_guests: bool | None = None
    minimum_booking_notice: Minutes = None
    before_event_buffer: Minutes = None
    after_event_buffer: Minutes = None
    slot_interval: Minutes = None
    schedule_id: LooseId = None
    booking_fields: Objects = []
    locations: Objects = []
    metadata: Object = None
    booking_url: Text = ""

    @property
    def host_ids(self) -> list[int]:
        """Cal.com's ids of all who host it: of the team's hosts, else of the owner."""
        of_hosts = [host.user_id for host in self.hosts if host.user_id is not None]
        of_users = [user.id for user in self.users if user.id is not None]
        owner = [self.owner_id] if self.owner_id is not None else []
        return sorted(set(of_hosts or of_users or owner))
