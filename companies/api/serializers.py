"""Bodies are taken at their word: no unknown fields, no "5" where 5 is meant, no rows of other companies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from companies.api import instants

if TYPE_CHECKING:
    from companies.models import Company

    Serializer = serializers.Serializer[Any]
    RelatedField = serializers.PrimaryKeyRelatedField[Any]
    ModelSerializer = serializers.ModelSerializer[Any]
else:
    ModelSerializer = serializers.ModelSerializer
    Serializer = serializers.Serializer
    RelatedField = serializers.PrimaryKeyRelatedField

# What JSON has to hold where DRF would convert whatever comes: 5 to "5", "true" to True, an int to a UUID.
_JSON_TYPES: tuple[tuple[type[serializers.Field[Any, Any, Any, Any]], type | tuple[type, ...], Any], ...] = (
    (serializers.BooleanField, bool, _("Has to be true or false.")),
    (serializers.IntegerField, int, _("Has to be a whole number, without quotation marks.")),
    (serializers.FloatField, (int, float), _("Has to be a number, without quotation marks.")),
    (serializers.CharField, str, _("Has to be a text, in quotation marks.")),
    (serializers.UUIDField, str, _("Has to be a UUID, in quotation marks.")),
    (serializers.ChoiceField, str, _("Has to be a text, in quotation marks.")),
    (serializers.DecimalField, str, _("Has to be a decimal number, in quotation marks.")),
)


class StrictSerializer(Serializer):
    """The base of every serializer that reads a body."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what is not meant before DRF makes something of it."""
        if isinstance(data, Mapping):
            errors = {**self._unknown(data), **self._mistyped(data)}
            if errors:
                raise serializers.ValidationError(errors)
        return super().to_internal_value(data)

    @property
    def company(self) -> Company:
        """The caller's."""
        company: Company = self.context["company"]
        return company

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, Any]:
        sentence = _("There is no such field.")
        known = {name for name, field in self.fields.items() if not field.read_only}
        return {name[:100]: [ErrorDetail(str(sentence), code="unknown")] for name in data if name not in known}

    def _mistyped(self, data: Mapping[str, Any]) -> dict[str, Any]:
        errors = {}
        for name, field in self.fields.items():
            value = data.get(name)
            if value is not None and (sentence := _refusal(field, value)):
                errors[name] = [ErrorDetail(str(sentence), code="type")]
        return errors


def _refusal(field: Any, value: Any) -> Any:
    for kind, wanted, sentence in _JSON_TYPES:
        if isinstance(field, kind) and not isinstance(field, serializers.MultipleChoiceField):
            is_right = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
            return None if is_right else sentence
    return None


class InstantField(serializers.DateTimeField):
    """An instant: read as ISO 8601 with its zone, told in UTC."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)

    def to_internal_value(self, value: Any) -> datetime:
        """In UTC. Refused without a zone."""
        if not isinstance(value, str):
            raise serializers.ValidationError(instants.UNREADABLE, code="type")
        try:
            return instants.read(value)
        except ValidationError as error:
            raise serializers.ValidationError(error.messages, code=error.code) from error


class RowSerializer(ModelSerializer):
    """The base of serializers that tell of rows: instants in UTC, wherever the server stands."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: InstantField,
    }


class TenantRelatedField(RelatedField):
    """A row of the caller's company, by its id, or by another field: `TenantRelatedField(Hold, by="uuid")`."""

    default_error_messages = {
        "unknown": _("There is no such row in your company."),
        "type_id": _("Has to be an id: a whole number, without quotation marks."),
        "type_text": _("Has to be an id: a text, in quotation marks."),
    }

    def __init__(self, model: type[Model] | None = None, *, by: str = "pk", **kwargs: Any) -> None:
        self._by = by
        if model is not None and not kwargs.get("read_only"):
            kwargs["queryset"] = model._default_manager.all()
        super().__init__(**kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        """Rows of the company only."""
        rows: Any = super().get_queryset()
        found: QuerySet[Any] = rows.for_company(self.context["company"])
        return found

    def to_internal_value(self, data: Any) -> Any:
        """The row. An id of another company is as unknown as one that nobody has."""
        wanted: type = int if self._by == "pk" else str
        if not isinstance(data, wanted) or isinstance(data, bool):
            self.fail("type_id" if wanted is int else "type_text")
        field: Any = self.get_queryset().model._meta.get_field("id" if self._by == "pk" else self._by)
        try:
            found = self.get_queryset().filter(**{self._by: field.to_python(data)}).first()
        except (ValueError, ValidationError):
            found = None
        if found is None:
            self.fail("unknown")
        return found

    def to_representation(self, value: Any) -> Any:
        """The id, or the other field."""
        return value.pk if self._by == "pk" else str(getattr(value, self._by))

    def use_pk_only_optimization(self) -> bool:
        """Only where the id is shown."""
        return self._by == "pk"
