"""What a sync asks of Cal.com: all event types that the key reaches, and everybody who has to do with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Protocol, TypeVar

import structlog

from calcom.errors import CalcomError
from calcom.reach import Lister, Reached, listed

if TYPE_CHECKING:
    from calcom.schemas.accounts import MembershipRead, Profile
    from companies.models import Company

logger = structlog.get_logger(__name__)

T = TypeVar("T")


class Source(Lister, Protocol):
    """What a sync asks of Cal.com; calcom.client.CalcomClient gives it."""

    def me(self, *, fresh: bool = ...) -> Profile: ...
    def memberships(self, team_id: int, *, organization_id: int | None = ...) -> Sequence[MembershipRead]: ...


@dataclass(frozen=True)
class Person:
    """A user of Cal.com's."""

    user_id: int
    name: str = ""
    email: str = ""
    username: str = ""


def ask(company: Company, client: Source) -> tuple[Reached, list[Person]]:
    """Ask for everything, afresh: a kept answer would undo what a newer one has told."""
    reached = listed(company, client, fresh=True)
    return reached, [] if reached.is_nothing else _people(company, client, reached)


def _people(company: Company, client: Source, reached: Reached) -> list[Person]:
    """Everybody who has the key, is a member or hosts, once."""
    told = [Person(me.id, me.name, me.email, me.username) for me in _or_nothing(lambda: [client.me(fresh=True)])]
    for team_id in (family.team_id for family in reached.families if family.team_id is not None):
        call = partial(client.memberships, team_id, organization_id=company.calcom_organization_id)
        members = [member for member in _or_nothing(call) if member.accepted is not False]
        told += [Person(one.user_id, one.user.name, one.user.email, one.user.username) for one in members]
    people: dict[int, Person] = {}
    for person in chain(told, _hosts(reached)):
        people[person.user_id] = _merged(people.get(person.user_id, person), person)
    return list(people.values())


def _hosts(reached: Reached) -> Iterator[Person]:
    for read in chain.from_iterable(family.types for family in reached.families):
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
