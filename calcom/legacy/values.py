"""A row's columns as JSON: what they were, whether they still are, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, TypeAlias

from django.db import models

Field: TypeAlias = "models.Field[Any, Any]"

# Of an appointment only what people and Cal.com decide: filling gaps from stored payloads is no change of theirs.
_WATCHED = {
    "appointments.appointment": (
        "branch",
        "staff",
        "service",
        "customer",
        "starts_at",
        "ends_at",
        "status",
        "calcom_booking_id",
        "calcom_booking_uid",
        "version",
    ),
}


def watched(model: type[models.Model]) -> list[str]:
    """The fields by which it is seen whether somebody has changed a row."""
    named = _WATCHED.get(model._meta.label_lower)
    fields = [field for field in model._meta.concrete_fields if not field.generated and not _is_clock(field)]
    return [field.name for field in fields if (field.name in named if named else not field.primary_key)]


def plain(row: models.Model, names: Iterable[str]) -> dict[str, Any]:
    """These fields as JSON can carry them, by name."""
    return {name: plain_value(row._meta.get_field(name), _value(row, name)) for name in names}


def plain_value(field: Any, value: Any) -> Any:
    """One field's value likewise. Instants are UTC to the microsecond."""
    if isinstance(field, models.JSONField):
        return json.loads(json.dumps(value, default=str))
    prepared = field.get_prep_value(value)
    if isinstance(prepared, Decimal):
        return f"{prepared:.{field.decimal_places}f}"
    if prepared is None or type(prepared) in {bool, int, str}:
        return prepared
    return prepared.astimezone(UTC).isoformat() if isinstance(prepared, datetime) else str(prepared)


def restored(model: type[models.Model], values: dict[str, Any]) -> dict[str, Any]:
    """Such values as the rows hold them, by the column's name in Python."""
    fields: dict[str, Any] = {name: model._meta.get_field(name) for name in values}
    return {field.attname: field.to_python(values[name]) for name, field in fields.items()}


def fingerprints(rows: Sequence[models.Model]) -> dict[int, str]:
    """A short hash of each row's watched columns and of what it is joined with, by primary key."""
    if not rows:
        return {}
    names, joined = watched(type(rows[0])), _joined(rows)
    return {row.pk: _hash([plain(row, names), sorted(joined.get(row.pk, []))]) for row in rows}


def _joined(rows: Sequence[models.Model]) -> dict[int, list[list[Any]]]:
    """The many-to-many rows of each: [field, other's primary key]."""
    model = type(rows[0])
    found: dict[int, list[list[Any]]] = {}
    for field in model._meta.many_to_many:
        through: Any = field.remote_field.through
        ours, theirs = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
        pairs = through._default_manager.filter(**{f"{ours}__in": [row.pk for row in rows]}).values_list(ours, theirs)
        for own, other in pairs:
            found.setdefault(own, []).append([field.name, other])
    return found


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return blake2b(text.encode(errors="replace"), digest_size=16).hexdigest()


def _value(row: models.Model, name: str) -> Any:
    field: Any = row._meta.get_field(name)
    return getattr(row, field.attname)


def _is_clock(field: Field) -> bool:
    return bool(getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False))
