"""What is known of the dump's rows by their old keys: what was brought over before, and what is about to be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

from django.apps import apps
from django.db import models

from calcom.legacy.dump.drafts import Draft
from calcom.legacy.dump.tables import TABLES
from calcom.legacy.undo import MADE_BY_ROW
from calcom.models import LegacyRow
from companies.models import Company

Kind = LegacyRow.Kind
PLANNED = 0
"""The id of what a dry run would have made."""
DELETED: dict[str, Any] = {"deleted_at": True}
"""All that is kept of a row that the predecessor had deleted. Of somebody who was erased here not even that is."""


class Absence(StrEnum):
    """Why an old row is nothing here to which another could refer."""

    UNKNOWN = "was not brought over"
    DELETED = "was deleted here since"


Here: TypeAlias = "int | models.Model | Absence | None"


class Known(NamedTuple):
    """An old row that was brought over: by which run, what it became (None: left out), and how it came."""

    run_id: int
    object_id: int | None
    data: dict[str, Any]

    @property
    def was_deleted(self) -> bool:
        """Whether it was left out, and only because the predecessor had deleted it."""
        return self.object_id is None and self.data == DELETED


class Book:
    """The old keys of one company. Without a `run_id` it is a dry run: then what would be written is remembered."""

    def __init__(self, company: Company, *, run_id: int | None, kinds: Collection[LegacyRow.Kind]) -> None:
        self.company = company
        self.run_id = run_id
        self._planned: dict[Kind, dict[str, int | models.Model | None]] = defaultdict(dict)
        self._claims: dict[tuple[str, str], Draft[Any] | None] = {}
        self._out_again: set[tuple[Kind, str]] = set()
        self._kinds = {*kinds, *(table.kind for table in TABLES if self._rows(table.kind).exists())}

    def known(self, kind: LegacyRow.Kind, keys: Iterable[str]) -> dict[str, Known]:
        """What was brought over of these rows, by key."""
        found = self._rows(kind).filter(key__in=set(keys))
        return {key: Known(*rest) for key, *rest in found.values_list("key", "run", "object_id", "data")}

    def is_planned(self, kind: LegacyRow.Kind, key: str) -> bool:
        """Whether a dry run would have brought it over."""
        return key in self._planned[kind]

    def leave_out_again(self, kind: LegacyRow.Kind, key: str) -> None:
        """It is still deleted in this dump, as it was in a former one; a second row with its key does not count."""
        self._out_again.add((kind, key))

    def stays_out(self, kind: LegacyRow.Kind, key: str) -> bool:
        """Whether the dump's first row with this key is still deleted."""
        return (kind, key) in self._out_again

    def objects(self, kind: LegacyRow.Kind, keys: Iterable[str]) -> dict[str, Here]:
        """What the rows with these keys are here: an id; in a dry run perhaps an unsaved row; None for one left out."""
        wanted = set(keys)
        ids = dict(self._rows(kind).filter(key__in=wanted).values_list("key", "object_id"))
        model = apps.get_model(MADE_BY_ROW[kind])
        ours = model._default_manager.filter(company=self.company, pk__in=set(ids.values()) - {None})
        there = set(ours.values_list("pk", flat=True))
        found: dict[str, Here] = {key: pk if pk is None or pk in there else Absence.DELETED for key, pk in ids.items()}
        return found | {key: self._planned[kind][key] for key in wanted if key in self._planned[kind]}

    def is_given(self, kind: LegacyRow.Kind) -> bool:
        """Whether rows of that table are in the dump, or were brought over before."""
        return kind in self._kinds

    def claimed(self, kind: LegacyRow.Kind, ids: Iterable[int]) -> set[int]:
        """Which of our rows are an old row already."""
        rows = self._rows(kind).filter(object_id__in=set(ids)).exclude(key__startswith="slotkeeper:")
        return {pk for pk in rows.values_list("object_id", flat=True) if pk is not None}

    def claim(self, name: str, value: str, draft: Draft[Any]) -> bool:
        """Take something that only one row may have; False where another row of the dump has it."""
        if (name, value) in self._claims:
            draft.twin = self._claims[name, value]
            return False
        self._claims[name, value] = draft
        return True

    def is_claimed(self, name: str, value: str) -> bool:
        """Whether another row of the dump has it."""
        return (name, value) in self._claims

    def forget_batch(self) -> None:
        """Nothing of the batch was written after all."""
        self._claims.clear()

    def close_batch(self, kind: LegacyRow.Kind, drafts: Iterable[Draft[Any]], left_out: Iterable[str]) -> None:
        """What is in the database now need not be remembered. A dry run has to: as little as will do."""
        if self.run_id is not None:
            self._claims.clear()
            return
        for draft in drafts:
            is_asked_for = kind == Kind.SERVICE and draft.found_id is None
            self._planned[kind][draft.key] = draft.row if is_asked_for else PLANNED
        self._planned[kind] |= dict.fromkeys(left_out)
        for name, value in [claim for claim, draft in self._claims.items() if draft is not None]:
            self._claims[name, value] = None

    def _rows(self, kind: LegacyRow.Kind) -> models.QuerySet[LegacyRow]:
        return LegacyRow.objects.for_company(self.company).filter(kind=kind)
