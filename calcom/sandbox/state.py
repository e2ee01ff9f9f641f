"""What the small Cal.com remembers. One lock guards all of it; it is never held while a webhook is sent."""

from __future__ import annotations

import itertools
import random
import string
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]
Clock = Callable[[], datetime]


@dataclass
class User:
    """A Cal.com user: host of event types and owner of keys."""

    id: int
    username: str
    name: str
    email: str
    time_zone: str = "Europe/Berlin"
    time_format: int = 24
    week_start: str = "Sunday"
    default_schedule_id: int | None = None
    organization_id: int | None = None
    locale: str = "en"


@dataclass
class ApiKey:
    """A key. `limit` requests in 60 s, counted under `limit_name` (it names the X-RateLimit headers)."""

    text: str
    user_id: int
    expires_at: datetime | None = None
    limit: int = 120
    limit_name: str = "default"


@dataclass
class Schedule:
    """Working hours. availability: [{days, startTime, endTime}], overrides: [{date, startTime, endTime}], local."""

    id: int
    owner_id: int
    name: str
    time_zone: str
    availability: list[Json]
    overrides: list[Json]
    is_default: bool = False


@dataclass
class EventType:
    """An event type. `fields` is everything else that Cal.com keeps of it, in the API's output names."""

    id: int
    owner_id: int | None
    title: str
    slug: str
    length_min: int
    host_ids: list[int]
    fields: Json = field(default_factory=dict)
    team_id: int | None = None
    scheduling_type: str | None = None
    parent_id: int | None = None
    is_hidden: bool = False


@dataclass
class Attendee:
    """One who comes. The booker is the first of a booking; `seat_uid` only in seated bookings."""

    id: int
    name: str
    email: str
    time_zone: str
    language: str = "en"
    phone: str | None = None
    absent: bool = False
    seat_uid: str = ""
    responses: Json = field(default_factory=dict)
    metadata: Json = field(default_factory=dict)
    written: int = 0  # when the row was last changed: the order in which lists show the attendees
    host_id: int | None = None  # a further host of a team booking: Cal.com keeps them among the attendees


@dataclass(frozen=True)
class ScheduledMeeting:
    """A MEETING_STARTED or MEETING_ENDED to come: the body as it was when the booking was made."""

    at: datetime
    subscription_id: str
    url: str
    body: Json


@dataclass
class Booking:
    """One booking. Status: accepted, pending, cancelled, rejected. Times are aware."""

    id: int
    uid: str
    event_type_id: int | None
    host_id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    status: str
    attendees: list[Attendee]
    created_at: datetime
    updated_at: datetime | None
    responses: Json = field(default_factory=dict)
    metadata: Json = field(default_factory=dict)
    location: str | None = None
    description: str = ""
    ical_uid: str = ""
    ical_sequence: int = 0
    recurring_uid: str = ""
    rescheduled_from: str = ""
    rescheduled_to: str = ""
    rescheduled_by: str | None = None
    rescheduling_reason: str = ""
    cancellation_reason: str = ""
    rejection_reason: str = ""
    absent_host: bool = False
    is_seated: bool = False
    video_url: str = ""  # the address to join at, where it differs from `location` or is a link
    reference_id: int = 0  # Cal Video's row about its room: made when the booking is accepted
    slot_key: str = ""  # unique among bookings that were accepted at once: what identical requests race for
    one_time_password: str = ""
    meetings: list[ScheduledMeeting] = field(default_factory=list)


@dataclass
class Reservation:
    """A slot hidden for a while."""

    uid: str
    event_type_id: int
    starts_at: datetime
    ends_at: datetime
    until: datetime
    duration_min: int
    host_ids: list[int]


@dataclass
class Subscription:
    """A webhook row: of a user, an event type, a team or an organization."""

    id: str
    url: str
    triggers: list[str]
    active: bool = True
    secret: str | None = None
    payload_template: str | None = None
    user_id: int | None = None
    event_type_id: int | None = None
    team_id: int | None = None
    organization_id: int | None = None
    created_at: datetime | None = None


@dataclass
class Team:
    """A team; an organization is a team with `is_organization`. members: user id → role; pending: not accepted yet."""

    id: int
    name: str
    slug: str
    members: dict[int, str] = field(default_factory=dict)
    organization_id: int | None = None
    is_organization: bool = False
    pending: set[int] = field(default_factory=set)


@dataclass
class Delivery:
    """One webhook that was sent, or was not: for the page and the tests."""

    at: datetime
    url: str
    trigger: str
    uid: str
    status: int | None
    note: str = ""


class World:
    """All of one server's state. Take `lock` to read or change it."""

    def __init__(self, *, clock: Clock | None = None, seed: int | None = None) -> None:
        self.lock = threading.RLock()
        self.clock_shift = timedelta()
        self._clock = clock or (lambda: datetime.now(UTC))
        self.web_url = "http://localhost:3000"
        self._random = random.Random(seed)  # noqa: S311 - ids of a test server, no secrets
        self._ids: dict[str, Iterator[int]] = {}
        self.users: dict[int, User] = {}
        self.api_keys: dict[str, ApiKey] = {}
        self.schedules: dict[int, Schedule] = {}
        self.event_types: dict[int, EventType] = {}
        self.bookings: dict[str, Booking] = {}
        self.reservations: dict[str, Reservation] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.teams: dict[int, Team] = {}
        self.deliveries: list[Delivery] = []
        self.held_back: list[Any] = []  # webhooks that a fault sends after the next one

    def now(self) -> datetime:
        """The server's time, shifted where a fault says so."""
        return self._clock() + self.clock_shift

    def steady(self) -> datetime:
        """The time without the shift: rate limits count by it, as Cal.com's Redis does."""
        return self._clock()

    def next_id(self, kind: str) -> int:
        """The next number for a kind of row, from 1."""
        return next(self._ids.setdefault(kind, itertools.count(1)))

    def count_from(self, kind: str, first: int) -> None:
        """Let the numbers of a kind begin at `first`."""
        self._ids[kind] = itertools.count(first)

    def new_uid(self) -> str:
        """A booking uid: 22 letters and digits."""
        return "".join(self._random.choices(string.ascii_letters + string.digits, k=22))

    def new_uuid(self) -> str:
        """A UUID for seats, series, reservations and webhooks."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))
