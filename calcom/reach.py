"""Which event types a company's key reaches: its user's own, its teams', its organization's, each listing apart.

One that fails (teams do, on some servers: contract A31) does not lose the others.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol

import structlog
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from calcom import conf
from calcom.account import access_of
from calcom.errors import CalcomError
from companies.fields import EncryptionKeyError
from companies.models import Branch
from companies.validators import api_base_url

if TYPE_CHECKING:
    from calcom.schemas.event_types import EventTypeRead
    from companies.models import Company

logger = structlog.get_logger(__name__)

OWN = "own"
_MOST_TEAMS = 50


class Lister(Protocol):
    """What lists event types; calcom.client.CalcomClient does."""

    def event_types(self, *, fresh: bool = ..., allow_stale: bool = ...) -> Sequence[EventTypeRead]: ...
    def team_event_types(
        self, team_id: int, *, fresh: bool = ..., allow_stale: bool = ...
    ) -> Sequence[EventTypeRead]: ...
    def organization_event_types(
        self, organization_id: int, *, fresh: bool = ..., allow_stale: bool = ...
    ) -> Sequence[EventTypeRead]: ...


@dataclass(frozen=True)
class Family:
    """One listing. `error` where it could not be had; then `types` is empty.

    `unreadable`: ids of rows that could not be read, 0 where not even the id could.
    """

    name: str
    types: Sequence[EventTypeRead] = ()
    unreadable: tuple[int, ...] = ()
    is_stale: bool = False
    team_id: int | None = None
    error: CalcomError | None = None

    @property
    def failure(self) -> str:
        """The error in words."""
        return _("%(family)s: %(error)s") % {"family": self.name, "error": self.error} if self.error else ""

    @property
    def tells_what_is_gone(self) -> bool:
        """Whether what is not in it may count as gone: never when it failed, is empty, or has rows without an id."""
        return self.error is None and len(self.types) > 0 and 0 not in self.unreadable


@dataclass(frozen=True)
class Reached:
    """All that was listed to one company's key."""

    families: Sequence[Family]

    def types(self) -> Iterator[tuple[str, EventTypeRead]]:
        """Each event type once, with the first family that lists it."""
        seen: set[int] = set()
        for family in self.families:
            for read in family.types:
                if read.id not in seen:
                    seen.add(read.id)
                    yield family.name, read

    @property
    def event_types(self) -> list[EventTypeRead]:
        """All, each once."""
        return [read for _family, read in self.types()]

    @property
    def failures(self) -> list[str]:
        """What could not be had, in words."""
        return [family.failure for family in self.families if family.error]

    @property
    def warnings(self) -> list[str]:
        """Which rows could not be read, in words."""
        return [_unreadable(family) for family in self.families if family.unreadable]

    @property
    def is_complete(self) -> bool:
        """Whether every listing came and held something."""
        return all(family.tells_what_is_gone for family in self.families)

    @property
    def is_nothing(self) -> bool:
        """Whether no listing came at all."""
        return all(family.error for family in self.families)

    @property
    def is_stale(self) -> bool:
        """Whether an old list is among them, kept for when Cal.com is away."""
        return any(family.is_stale for family in self.families)

    def or_error(self) -> Reached:
        """The same. Raises the first CalcomError where no listing came at all."""
        if self.is_nothing and (error := self.families[0].error):
            raise error
        return self


def listed(company: Company, client: Lister, *, fresh: bool = False, allow_stale: bool = False) -> Reached:
    """Everything the key reaches. Errors of Cal.com's stand in the families."""
    how = {"fresh": fresh, "allow_stale": allow_stale}
    families = [_family(OWN, partial(client.event_types, **how))]
    for team_id in team_ids(company)[:_MOST_TEAMS]:
        call = partial(client.team_event_types, team_id, **how)
        families.append(_family(f"team {team_id}", call, team_id=team_id))
    if organization_id := company.calcom_organization_id:
        call = partial(client.organization_event_types, organization_id, **how)
        families.append(_family(f"organization {organization_id}", call))
    return Reached(families)


def team_ids(company: Company) -> list[int]:
    """Cal.com's ids of the company's team and of its branches' teams, each once. One query."""
    of_branches = (
        Branch.objects.for_company(company).exclude(calcom_team_id=None).values_list("calcom_team_id", flat=True)
    )
    own = [] if company.calcom_team_id is None else [company.calcom_team_id]
    return list(dict.fromkeys([*own, *(team_id for team_id in of_branches if team_id is not None)]))


def proof(company: Company) -> str:
    """What stands at event types that Cal.com has listed to the company: changes with its server and with its key.

    Empty where it has no usable access.
    """
    try:
        access = access_of(company)
    except (CalcomError, EncryptionKeyError):
        return ""
    return blake2b(f"{access.root} {access.account.key_fingerprint}".encode(), digest_size=16).hexdigest()


def server_of(base_url: str) -> str:
    """Which server an API base URL means, for comparison: however it is written, and the default one for none."""
    with contextlib.suppress(ValidationError):
        base_url = api_base_url(base_url or conf.default_base_url())
    return base_url.casefold()


def _family(name: str, call: Callable[[], Sequence[EventTypeRead]], *, team_id: int | None = None) -> Family:
    try:
        types = call()
    except CalcomError as error:
        logger.warning("calcom.listing.failed", family=name, reason=str(error))
        return Family(name, error=error, team_id=team_id)
    unreadable = tuple(getattr(types, "unreadable", ()))
    return Family(name, types, unreadable, is_stale=bool(getattr(types, "is_stale", False)), team_id=team_id)


def _unreadable(family: Family) -> str:
    ids = ", ".join(str(one or "?") for one in family.unreadable[:20]) + (", …" if len(family.unreadable) > 20 else "")
    return _("%(family)s: what Cal.com tells of %(ids)s cannot be read; left as before.") % {
        "family": family.name,
        "ids": ids,
    }
