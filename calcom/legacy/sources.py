"""Where else uids may be known: apps above this one say what they have kept.

The inbox (`webhooks`) stands above `calcom`, so it registers itself when Django starts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from calcom.legacy.shapes import Told

if TYPE_CHECKING:
    from companies.models import Company

Source: TypeAlias = "Callable[[Company, int, int], tuple[Sequence[Told], int | None]]"
"""(company, after, limit) → the bookings that the next rows after that id name, and the last id; None at the end."""

_sources: dict[str, Source] = {}


def add_source(name: str, source: Source) -> None:
    """Register one, once for each name."""
    _sources[name] = source


def sources() -> list[tuple[str, Source]]:
    """All of them, in the order of their names."""
    return sorted(_sources.items())
