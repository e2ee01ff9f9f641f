"""What a command says at its end of one company."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

MOST_LINES = 20


@dataclass(frozen=True)
class Report:
    """What came of one company: lines for people (the first goes behind its name), facts for programs."""

    lines: Sequence[str]
    facts: dict[str, Any] = field(default_factory=dict)
    is_good: bool = True


class Outcome(Protocol):
    """What a function of the domain returns that a command calls: numbers by name, and what went wrong."""

    @property
    def counts(self) -> dict[str, int]: ...

    @property
    def failures(self) -> list[str]: ...

    @property
    def is_good(self) -> bool: ...


def summed_up(outcome: Outcome, *, is_dry_run: bool = False, warnings: Sequence[str] = (), **facts: Any) -> Report:
    """The numbers in the first line, then why some of it did not work, at most so many lines."""
    told = numbers(outcome.counts)
    first = f"would be: {told}" if is_dry_run else told
    known = {"dry_run": is_dry_run, **outcome.counts, "failures": outcome.failures, "warnings": list(warnings)}
    lines = [first if outcome.is_good else f"incomplete: {first}", *capped(outcome.failures), *capped(warnings)]
    return Report(lines, known | facts, is_good=outcome.is_good)


def refused(reason: str, **facts: Any) -> Report:
    """Nothing was done, and why: another run is at it, something is missing. Exit status 1."""
    return Report([f"nothing was done: {reason}"], facts | {"error": reason}, is_good=False)


def numbers(counts: Mapping[str, int]) -> str:
    """As "3 created, 1 updated"."""
    return ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in counts.items())


def capped(lines: Iterable[str], *, most: int = MOST_LINES) -> list[str]:
    """The first lines, and how many there are besides."""
    every = list(lines)
    more = len(every) - most
    return every if more <= 0 else [*every[:most], f"and {more:,} more"]
