"""The result of a replay for people: a line for each group, then each difference with its exchange."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.conformance.replay import Result

ORDER = ("bookings", "slots", "reservations", "event types", "webhooks", "me, schedules, other", "errors")


@dataclass
class Group:
    """How many exchanges, how many equal in status and shape, how many equal in everything that is compared."""

    name: str
    exchanges: int = 0
    alike: int = 0
    equal: int = 0

    @property
    def share(self) -> float:
        """Of those equal in status and shape, from 0 to 1."""
        return self.alike / self.exchanges if self.exchanges else 1.0


def groups(results: Iterable[Result]) -> list[Group]:
    """The groups, in the order of the table; a refused exchange counts in its own group and in the errors."""
    found = {name: Group(name) for name in ORDER}
    for result in results:
        for name in result.exchange.groups:
            found[name].exchanges += 1
            found[name].alike += result.is_alike
            found[name].equal += not result.differences
    return [group for group in found.values() if group.exchanges]


def lines(results: list[Result]) -> Iterator[str]:
    """The table in Markdown, and the list of differences."""
    yield "| group | exchanges | equal in status and shape | share | equal in everything compared |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for group in groups(results):
        yield f"| {group.name} | {group.exchanges} | {group.alike} | {group.share:.1%} | {group.equal} |"
    yield ""
    for result in results:
        if result.differences:
            yield f"{result.exchange.file}: {result.exchange.method} {result.exchange.path}"
        yield from (f"    {difference}" for difference in result.differences)
