"""Which event types a company's key reaches: its user's own, its teams', its organization's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from calcom.errors import CalcomAuthFailed, CalcomMisconfigured, CalcomNotFound
from companies.models import Branch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calcom.client import CalcomClient
    from calcom.schemas.event_types import EventTypeRead
    from companies.models import Company


@dataclass
class Reached:
    """What was listed, family by family; one that fails is named and does not take the others along."""

    own: Sequence[EventTypeRead] = ()
    of_teams: dict[int, Sequence[EventTypeRead]] = field(default_factory=dict)
    is_stale: bool = False
    failures: list[str] = field(default_factory=list)

    @property
    def event_types(self) -> list[EventTypeRead]:
        """All, each once."""
        families = [self.own, *self.of_teams.values()]
        return list({one.id: one for family in families for one in family}.values())


def team_ids(company: Company) -> list[int]:
    """Cal.com's ids of the company's team and of its branches' teams, each once. One query."""
    of_branches = (
        Branch.objects.for_company(company).exclude(calcom_team_id=None).values_list("calcom_team_id", flat=True)
    )
    own = [] if company.calcom_team_id is None else [company.calcom_team_id]
    return list(dict.fromkeys([*own, *(team_id for team_id in of_branches if team_id is not None)]))


def listed(client: CalcomClient, *, fresh: bool = False, allow_stale: bool = False) -> Reached:
    """Everything the key reaches. Raises CalcomError where even its user's own event types cannot be listed."""
    own = client.event_types(fresh=fresh, allow_stale=allow_stale)
    reached = Reached(own=own, is_stale=own.is_stale)
    for team_id in team_ids(client.company):
        try:
            of_team = client.team_event_types(team_id, fresh=fresh, allow_stale=allow_stale)
        except (CalcomNotFound, CalcomAuthFailed, CalcomMisconfigured) as error:
            reached.failures.append(str(error))
            continue
        reached.of_teams[team_id] = of_team
        reached.is_stale = reached.is_stale or of_team.is_stale
    return reached
