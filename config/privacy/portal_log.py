"""The portal's log. Django writes in it what a row is called, and keeps that when the row is gone."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from appointments.models import Appointment, Customer
from companies.privacy.redaction import ERASED
from companies.privacy.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from companies.models import Company
    from companies.privacy.person import Person

_NAMED_AFTER_PEOPLE: tuple[type[Model], ...] = (Customer, Appointment)
_BLANK = {"object_repr": ERASED, "change_message": ""}


def blank_lines_about_what_is_gone() -> int:
    """Blank lines about customers and appointments that are not there any more: nobody can tell whose they are, and so
    no erasure would find them. Returns how many.
    """
    done = 0
    for model in _NAMED_AFTER_PEOPLE:
        there = _with_key(model._base_manager.all()).filter(key=OuterRef("object_id"))
        lines = LogEntry.objects.filter(_about(model)).exclude(object_repr=ERASED)
        done += lines.exclude(Exists(there)).update(**_BLANK)
    return done


def _lines_of(_model: type[Model], company: Company) -> QuerySet[Any]:
    """The log knows no companies; whose a line is follows from the row that it is about."""
    rows = {model: _with_key(model._default_manager.filter(company=company)) for model in _NAMED_AFTER_PEOPLE}
    whose = (_about(model) & Q(object_id__in=theirs.values("key")) for model, theirs in rows.items())
    return LogEntry.objects.filter(reduce(or_, whose))


def _with_key(rows: QuerySet[Any]) -> QuerySet[Any]:
    keyed: QuerySet[Any] = rows.order_by().annotate(key=Cast("pk", TextField()))
    return keyed


def _about(model: type[Model], ids: Iterable[int] | None = None) -> Q:
    kind = Q(content_type=ContentType.objects.get_for_model(model))
    return kind if ids is None else kind & Q(object_id__in=[str(pk) for pk in sorted(ids)])


def _own(person: Person) -> Q:
    return _about(Customer, person.customer_ids) | _about(Appointment, person.own_ids)


PORTAL_LOG = Table(
    model=LogEntry,
    own=_own,
    near=lambda person: _about(Appointment, person.shared_ids),
    blank=_BLANK,
    mentions=tuple(_BLANK),
    rows=_lines_of,
)
