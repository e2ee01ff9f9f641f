"""A table with personal data: whose rows, which columns, and what stands there afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any, Protocol, TypeAlias

from django.db.models import JSONField, Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

from companies.models import Company
from companies.privacy.person import Person
from companies.privacy.redaction import Redactor

Rows: TypeAlias = "QuerySet[Any]"
Whose: TypeAlias = Callable[[Person], Q]

_AT_ONCE = 500
_AROUND = 60
NOBODY = Q(pk__in=())


class Part(Protocol):
    """Personal data in one table."""

    @property
    def model(self) -> type[Model]:
        """Whose rows."""

    @property
    def columns(self) -> frozenset[str]:
        """The columns that may hold personal data and are dealt with."""

    def count(self, company: Company, person: Person) -> int:
        """How many rows erase() would change."""

    def erase(self, company: Company, person: Person) -> int:
        """Take the person out; returns how many rows were changed. In a transaction in which erasing is allowed."""

    def export(self, company: Company, person: Person) -> list[dict[str, Any]]:
        """Everything that the table knows of them, as JSON can carry it."""


def _nobody(_person: Person) -> Q:
    return NOBODY


def _of_company(model: type[Model], company: Company) -> Rows:
    return model._default_manager.filter(company=company)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of which some rows are the person's own, and others may name them.

    Of `own` rows each column in `blank` gets the value that stands there, and those of `touch` too where that changed
    anything. In rows that are `near`, or that name the person's address or number, the columns of `mentions` are
    redacted. `hidden` columns are not handed out. With `is_deleted` own rows go altogether.
    """

    model: type[Model]
    own: Whose = _nobody
    near: Whose = _nobody
    blank: Mapping[str, Any] = field(default_factory=dict)
    touch: Mapping[str, Any] = field(default_factory=dict)
    mentions: Sequence[str] = ()
    hidden: Sequence[str] = ()
    is_deleted: bool = False
    rows: Callable[[type[Model], Company], Rows] = _of_company

    @property
    def columns(self) -> frozenset[str]:
        """The columns that may hold personal data and are dealt with."""
        return frozenset(self.blank) | frozenset(self.mentions)

    def count(self, company: Company, person: Person) -> int:
        """How many rows erase() would change."""
        ids = set(self._unblanked(company, person).values_list("pk", flat=True))
        return len(ids | {row.pk for row, _changed in self._redactable(company, person)})

    def erase(self, company: Company, person: Person) -> int:
        """Take the person out of own rows and of others."""
        redactable = list(self._redactable(company, person))
        ids = set(self._unblanked(company, person).values_list("pk", flat=True))
        self.blank_own(company, person)
        for row, changed in redactable:
            touch = {} if row.pk in ids else self.touch
            self.model._base_manager.filter(pk=row.pk).update(**changed, **touch)
        return len(ids | {row.pk for row, _changed in redactable})

    def blank_own(self, company: Company, person: Person) -> int:
        """The person's own rows only."""
        own = self._unblanked(company, person)
        if self.is_deleted:
            return own.delete()[0]
        return own.update(**self.blank, **self.touch) if self.blank else 0

    def export(self, company: Company, person: Person) -> list[dict[str, Any]]:
        """Own rows whole; of others the words around what names the person."""
        names = [one.attname for one in self.model._meta.concrete_fields if one.name not in {"company", *self.hidden}]
        own = [_plain(row) for row in self._own(company, person).order_by("pk").values(*names)]
        redactor = Redactor(person)
        others = [
            {"id": row.pk, "mentions": told}
            for row in self._others(company, person)
            if (told := _excerpts(row, self.mentions, redactor))
        ]
        return [*own, *others]

    def _own(self, company: Company, person: Person) -> Rows:
        return self.rows(self.model, company).filter(self.own(person))

    def _unblanked(self, company: Company, person: Person) -> Rows:
        own = self._own(company, person)
        if self.is_deleted or not self.blank:
            return own if self.is_deleted else own.none()
        return own.filter(reduce(or_, (_differs(self.model, name, value) for name, value in self.blank.items())))

    def _others(self, company: Company, person: Person) -> Iterator[Any]:
        if not self.mentions:
            return
        others = naming(self.rows(self.model, company).exclude(self.own(person)), self.mentions, person, self.near)
        yield from others.order_by("pk").iterator(chunk_size=_AT_ONCE)

    def _redactable(self, company: Company, person: Person) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Rows of others that name the person, and own ones as far as they are not blanked, with what changes."""
        redactor = Redactor(person)
        for row in self._others(company, person):
            if changed := self._clean(row, self.mentions, redactor):
                yield row, changed
        besides = [name for name in self.mentions if name not in self.blank]
        for row in self._own(company, person).order_by("pk").iterator(chunk_size=_AT_ONCE) if besides else ():
            if changed := self._clean(row, besides, redactor):
                yield row, changed

    def _clean(self, row: Any, names: Sequence[str], redactor: Redactor) -> dict[str, Any]:
        clean = {name: _redacted(self.model, row, name, redactor) for name in names}
        return {name: value for name, value in clean.items() if value != getattr(row, name)}


def naming(rows: Rows, columns: Sequence[str], person: Person, near: Whose = _nobody) -> Rows:
    """Those of `rows` that are near, or hold an address or number of the person's in one of the columns."""
    wanted = near(person)
    pattern = Redactor(person).contact_pattern
    if pattern:
        rows = rows.alias(**{f"_{name}_text": Cast(name, TextField()) for name in columns})
        wanted = reduce(or_, (Q(**{f"_{name}_text__iregex": pattern}) for name in columns), wanted)
    return rows.filter(wanted)


def _differs(model: type[Model], name: str, value: Any) -> Q:
    """Whether a column holds anything else; what is null holds nothing."""
    is_nullable = getattr(model._meta.get_field(name), "null", False)
    return ~Q(**{name: value}) & (Q(**{f"{name}__isnull": False}) if is_nullable else Q())


def _redacted(model: type[Model], row: Any, name: str, redactor: Redactor) -> Any:
    column, value = model._meta.get_field(name), getattr(row, name)
    if isinstance(column, JSONField):
        return redactor.json(value)
    length = getattr(column, "max_length", None)
    return redactor.text(str(value or ""))[:length]


def _excerpts(row: Any, names: Sequence[str], redactor: Redactor) -> dict[str, str]:
    """The words around the person, by column; what else stands there is somebody else's."""
    texts = {name: getattr(row, name) for name in names}
    told = {name: excerpt(value, redactor) for name, value in texts.items()}
    return {name: text for name, text in told.items() if text}


def excerpt(value: Any, redactor: Redactor) -> str:
    """What stands around the first place of a text that names the person; of JSON just what names them."""
    text = str(value or "")
    found = redactor.first(text)
    if found is None:
        return ""
    around = _AROUND if isinstance(value, str) else 0
    return text[max(0, found.start() - around) : found.end() + around]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value not in ("", None, {}, [])}
