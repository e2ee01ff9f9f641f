"""What Cal.com lists: the key's own event types, its teams' and its organization's, each apart.

One family that fails (teams do, on some servers: contract A31) does not lose the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Protocol, TypeVar

import structlog
from django.utils.translation import gettext as _

from calcom.errors import CalcomError
from calcom.reach import team_ids

if TYPE_CHECKING:
    from calcom.schemas.accounts import MembershipRead, Profile
    from calcom.schemas.event_types import EventTypeRead
    from companies.models import Company

logger = structlog.get_logger(__name__)

T = TypeVar("T")

_MOST_TEAMS = 50


class Source(Protocol):
    """What a sync asks of Cal.com; calcom.client.CalcomClient gives it."""

    def me(self, *, fresh: bool = ...) -> Profile: ...
    def event_types(self, *, fresh: bool = ...) -> Sequence[EventTypeRead]: ...
    def team_event_types(self, team_id: int, *, fresh: bool = ...) -> Sequence[EventTypeRead]: ...
    def organization_event_types(self, organization_id: int, *, fresh: bool = ...) -> Sequence[EventTypeRead]: ...
    def memberships(self, team_id: int, *, organization_id: int | None = ...) -> Sequence[MembershipRead]: ...


@dataclass(frozen=True)
class Family:
    """One listing. `failure` in words where it could not be had; then `types` is empty."""

    name: str
    types: Sequence[EventTypeRead] = ()
    failure: str = ""

    @property
    def tells_what_is_gone(self) -> bool:
        """Whether what is not in it may count as gone: never when it failed, nor when it is empty."""
        return not self.failure and len(self.types) > 0


@dataclass(frozen=True)
class Person:
    """A user of Cal.com's."""

    user_id: int
    name: str = ""
    email: str = ""
    username: str = ""


@dataclass(frozen=True)
class Listed:
    """All that was listed to one company's key."""

    families: Sequence[Family]
    people: Sequence[Person] = ()

    def types(self) -> Iterator[tuple[str, EventTypeRead]]:
        """Each event type once, with the first family that lists it."""
        seen: set[int] = set()
        for family in self.families:
            for read in family.types:
                if read.id not in seen:
                    seen.add(read.id)
                    yield family.name, read

    @property
    def is_complete(self) -> bool:
        """Whether every listing came and held something."""
        return all(family.tells_what_is_gone for family in self.families)


def ask(company: Company, client: Source, *, fresh: bool) -> Listed:
    """Ask for everything. Errors of Cal.com's become a family's `failure`."""
    teams = team_ids(company)[:_MOST_TEAMS]
    families = [_family("own", partial(client.event_types, fresh=fresh))]
    families += [_family(f"team {one}", partial(client.team_event_types, one, fresh=fresh)) for one in teams]
    if organization_id := company.calcom_organization_id:
        call = partial(client.organization_event_types, organization_id, fresh=fresh)
        families.append(_family(f"organization {organization_id}", call))
    if all(family.failure for family in families):
        return Listed(families)
    return Listed(families, _people(company, client, families, teams, fresh=fresh))


def _family(name: str, call: Callable[[], Sequence[EventTypeRead]]) -> Family:
    try:
        return Family(name, call())
    except CalcomError as error:
        logger.warning("calcom.sync.listing_failed", family=name, reason=str(error))
        return Family(name, failure=_("%(family)s: %(error)s") % {"family": name, "error": error})


def _people(
    company: Company, client: Source, families: Sequence[Family], teams: Sequence[int], *, fresh: bool
) -> list[Person]:
    """Everybody who has the key, is a member or hosts, once."""
    told = [Person(me.id, me.name, me.email, me.username) for me in _or_nothing(lambda: [client.me(fresh=fresh)])]
    for team_id in teams:
        call = partial(client.memberships, team_id, organization_id=company.calcom_organization_id)
        members = [member for member in _or_nothing(call) if member.accepted is not False]
        told += [Person(one.user_id, one.user.name, one.user.email, one.user.username) for one in members]
    people: dict[int, Person] = {}
    for person in chain(told, _hosts(families)):
        people[person.user_id] = _merged(people.get(person.user_id, person), person)
    return list(people.values())


def _hosts(families: Sequence[Family]) -> Iterator[Person]:
    for read in chain.from_iterable(family.types for family in families):
        for user in read.users:
            if user.id is not None:
                yield Person(user.id, user.name, user.email, user.username)
        for host in read.hosts:
            if host.user_id is not None:
                yield Person(host.user_id, host.name, "", host.username)


def _merged(known: Person, other: Person) -> Person:
    return Person(known.user_id, known.name or other.name, known.email or other.email, known.username or other.username)


def _or_nothing(call: Callable[[], Sequence[T]]) -> Sequence[T]:
    """Servers without teams answer 404, and members may not read members: then hosts are known by name only."""
    try:
        return call()
    except CalcomError as error:
        logger.info("calcom.sync.people_unknown", endpoint=error.where.endpoint, reason=str(error))
        return []
