"""What a benchmark prints."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Row:
    """A line: what, how much, and where the issue asks for something, whether it holds."""

    what: str
    value: str
    wanted: str = ""
    holds: bool = True

    @classmethod
    def at_least(cls, what: str, value: float, limit: float) -> Self:
        """A value that must not be smaller."""
        return cls(what, f"{value:.2f}", f">= {limit:g}", value >= limit)

    @classmethod
    def at_most(cls, what: str, value: float, limit: float) -> Self:
        """A value that must not be larger."""
        return cls(what, f"{value:.2f}" if isinstance(value, float) else str(value), f"<= {limit:g}", value <= limit)


@dataclass(frozen=True)
class Table:
    """The result of one benchmark."""

    title: str
    rows: list[Row]

    @property
    def holds(self) -> bool:
        """Whether everything holds that was asked for."""
        return all(row.holds for row in self.rows)

    def show(self) -> None:
        """Print it."""
        print(f"\n{self.title}")
        width = max(len(row.what) for row in self.rows)
        for row in self.rows:
            verdict = ("pass" if row.holds else "FAIL") if row.wanted else ""
            print(f"  {row.what:<{width}}  {row.value:>16}  {row.wanted:>8}  {verdict}".rstrip())
        sys.stdout.flush()


def progress(text: str) -> None:
    """One line about a round, so that nobody thinks it hangs."""
    print(f"  … {text}", file=sys.stderr, flush=True)
