"""A row of the dump on its way: what it says, what it refers to, and what it is to become here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from django.db import models

from appointments.models import Appointment, Attendee
from calcom.legacy.dump.errors import Unusable
from calcom.models import LegacyRow
from calcom.sync.copies import storable

M = TypeVar("M", bound=models.Model)

_SECRET = re.compile(r"token|secret|passw|api_?key|credential")


@dataclass(eq=False)
class Draft(Generic[M]):
    """`row` is unsaved; `refers` names, by its fields, rows of other tables by their old keys.

    `found_id`: what it is here already, or has become. `twin`: another row of the dump that is the same here.
    """

    row: M
    refers: dict[str, tuple[LegacyRow.Kind, str]] = field(default_factory=dict)
    line: int = 0
    key: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    found_id: int | None = None
    twin: Draft[M] | None = None
    is_twin: bool = False


@dataclass(eq=False)
class Booking(Draft[Appointment]):
    """An appointment with those who attend it, and the uids that its booking had before."""

    attendees: list[Attendee] = field(default_factory=list)
    former_uids: list[str] = field(default_factory=list)
    has_end: bool = True
    length_min: int | None = None


Refusals: TypeAlias = "dict[Draft[Any], str]"
"""Which rows are not taken over, and why."""


def kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """The row as it came, without keys and tokens: those of the predecessor are nobody's business here.

    Raises Unusable for what the database cannot hold.
    """
    data = {name: value for name, value in values.items() if not _SECRET.search(name)}
    for name, value in data.items():
        if storable(value) != value:
            raise Unusable(f"{name} holds characters that cannot be stored")
    return data
