"""Bringing every encrypted value under the newest key.

A value is replaced only if it is still the one that was read, so the application may go on writing meanwhile; a value
under the newest key is passed over, so an interrupted run is simply started again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import F, TextField, Value
from django.db.models.functions import Cast

from companies.fields import EncryptedTextField, EncryptionKeyError, rotated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.models import Model, QuerySet


@dataclass
class Tally:
    """What a rotation found; `unreadable` names rows ("companies.Company 7 webhook_secret"), never values."""

    rotated: int = 0
    current: int = 0
    unreadable: list[str] = field(default_factory=list)


def encrypted_fields() -> Iterator[tuple[type[Model], str]]:
    """Every encrypted field of every model."""
    for model in apps.get_models():
        for column in model._meta.local_fields:
            if isinstance(column, EncryptedTextField):
                yield model, column.name


def values_of(model: type[Model], name: str) -> QuerySet[Any]:
    """(pk, ciphertext) of the rows that hold something, in the order of their keys."""
    rows = model._base_manager.annotate(ciphertext=_ciphertext(name)).exclude(ciphertext="")
    return rows.order_by("pk").values_list("pk", "ciphertext")


def rotate(model: type[Model], name: str, *, batch: int, dry_run: bool, seen: Callable[[], None]) -> Tally:
    """Re-encrypt one field of one model, reading `batch` rows at a time; `seen` is called after each row."""
    tally = Tally()
    rows = values_of(model, name)
    chunk = list(rows[:batch])
    while chunk:
        for pk, ciphertext in chunk:
            _rotate_one(model, name, pk, ciphertext, dry_run=dry_run, tally=tally)
            seen()
        chunk = list(rows.filter(pk__gt=chunk[-1][0])[:batch])
    return tally


def _rotate_one(model: type[Model], name: str, pk: Any, ciphertext: str, *, dry_run: bool, tally: Tally) -> None:
    try:
        fresh = rotated(ciphertext)
    except EncryptionKeyError:
        tally.unreadable.append(f"{model._meta.label} {pk} {name}")
        return
    if fresh == ciphertext:
        tally.current += 1
        return
    tally.rotated += 1
    if not dry_run:
        unchanged = model._base_manager.alias(ciphertext=_ciphertext(name)).filter(pk=pk, ciphertext=ciphertext)
        unchanged.update(**{name: Value(fresh, output_field=TextField())})


def _ciphertext(name: str) -> Cast:
    # A cast to plain text reads the column past the field that would decrypt it.
    return Cast(F(name), TextField())
