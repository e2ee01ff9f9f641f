"""What a file of a dump is read into: rows, and places where there should have been one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LONGEST_CELL = 1_000_000
LONGEST_ROW = 16_000_000
TOO_LONG = f"holds more than {LONGEST_CELL:,} characters in one cell"
"""A dump's payloads have some thousand; what is beyond this is damage."""


@dataclass(frozen=True)
class Row:
    """One row: the file's line at which it begins, and what stands in each column, names in lower case."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Broken:
    """No row could be made of what begins at this line."""

    line: int
    reason: str


Read = Row | Broken
