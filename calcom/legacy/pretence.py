"""A dry run of a roll-back: batch by batch like the real one, but each is taken back before the next is begun."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from calcom.models import LegacyChange, LegacyRun

# What goes with an appointment; that nobody was at it is seen by its history and its version.
OWNED = {
    "appointments.appointment": {
        "appointments.attendee",
        "appointments.stafftime",
        "appointments.appointmentchange",
        "appointments.formeruid",
    }
}


@dataclass
class Pretence:
    """What would have been undone by now, and is still there.

    `kept`: what the run made and would stay, by model.
    """

    run: LegacyRun
    kept: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def before(self, changes: Sequence[LegacyChange]) -> list[LegacyChange]:
        """Newer changes of the same rows: they have to be undone before these can."""
        same = {(change.model, change.object_id) for change in changes if change.before is not None}
        if not same:
            return []
        newer = LegacyChange.objects.filter(run=self.run, pk__gt=changes[0].pk, before__isnull=False)
        known = newer.exclude(outcome=LegacyChange.Outcome.UNDONE).filter(
            company=self.run.company_id,
            model__in={model for model, _pk in same},
            object_id__in={pk for _model, pk in same},
        )
        return [change for change in known.order_by("-pk") if (change.model, change.object_id) in same]

    def left_of(self, holders: models.QuerySet[Any], *, above: int) -> models.QuerySet[Any]:
        """Those that would not be gone: not made by newer changes, or kept, and not what goes with such a row."""
        label, column = _owner(holders.model)
        made = LegacyChange.objects.filter(run=self.run, before__isnull=True, pk__gt=above).filter(
            company=self.run.company_id, model=label, object_id=OuterRef(column)
        )
        return holders.filter(~Exists(made) | Q(**{f"{column}__in": self.kept[label]}))


def _owner(model: type[models.Model]) -> tuple[str, str]:
    """The model with whose rows its own are deleted, and the column that says with which; else it and its own key."""
    made_by: Any = model._meta.auto_created
    if made_by:
        column = next(one.attname for one in model._meta.concrete_fields if one.related_model is made_by)
        return made_by._meta.label_lower, column
    label = model._meta.label_lower
    owner = next((owner for owner, owned in OWNED.items() if label in owned), label)
    return owner, "pk" if owner == label else f"{owner.partition('.')[2]}_id"
