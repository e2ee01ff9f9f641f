"""Personal data in the tables about Cal.com: rows of the predecessor, and texts of failed runs."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db.models import F, Q

from appointments.models import Appointment, Customer
from appointments.privacy.tables import APPOINTMENTS, CUSTOMERS
from calcom.legacy.runs import FINGERPRINT, LAST_CHANGE
from calcom.models import LegacyChange, LegacyRow, LegacyRun, SyncRun
from companies.privacy.expressions import OnlyKeys, WithoutPath
from companies.privacy.person import Person
from companies.privacy.tables import Table

if TYPE_CHECKING:
    from companies.models import Company

_Kind = LegacyRow.Kind
_MODELS = {"customer": Customer._meta.label_lower, "appointment": Appointment._meta.label_lower}

# Ids, times and states, by which a run can still be rolled back as far as nothing was erased.
_KEPT = (
    *sorted({field.name for field in Customer._meta.concrete_fields} - CUSTOMERS.columns),
    *sorted({field.name for field in Appointment._meta.concrete_fields} - APPOINTMENTS.columns),
    FINGERPRINT,
    LAST_CHANGE,
)


def _old_rows(person: Person) -> Q:
    """The predecessor's rows of them, and of their appointments."""
    return Q(kind=_Kind.CUSTOMER, object_id__in=person.customer_ids) | Q(
        kind=_Kind.APPOINTMENT, object_id__in=person.own_ids
    )


def _changes(person: Person) -> Q:
    return Q(model=_MODELS["customer"], object_id__in=person.customer_ids) | Q(
        model=_MODELS["appointment"], object_id__in=person.own_ids
    )


LEGACY_ROWS = Table(
    model=LegacyRow,
    own=_old_rows,
    near=lambda person: Q(kind=_Kind.APPOINTMENT, object_id__in=person.shared_ids),
    blank={"data": {}},
    mentions=("data",),
)
LEGACY_CHANGES = Table(
    model=LegacyChange,
    own=_changes,
    near=lambda person: Q(model=_MODELS["appointment"], object_id__in=person.shared_ids),
    blank={"before": OnlyKeys("before", _KEPT), "after": OnlyKeys("after", _KEPT)},
    mentions=("before", "after"),
)
LEGACY_RUNS = Table(model=LegacyRun, mentions=("error", "checkpoint"))
SYNC_RUNS = Table(model=SyncRun, mentions=("error",))


def blank_payloads(company: Company, appointment_ids: Collection[int]) -> None:
    """What Cal.com told of these appointments, as the predecessor kept it, and as a run of ours found it."""
    rows = LegacyRow.objects.for_company(company).filter(kind=_Kind.APPOINTMENT, object_id__in=appointment_ids)
    rows.update(data=WithoutPath(WithoutPath(F("data"), ("payload",)), ("metadata",)))
    changes = LegacyChange.objects.for_company(company).filter(
        model=_MODELS["appointment"], object_id__in=appointment_ids
    )
    changes.update(before=WithoutPath(F("before"), ("payload",)), after=WithoutPath(F("after"), ("payload",)))
