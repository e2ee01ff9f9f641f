"""Times on a clock in bodies, which become instants by the body's `time_zone`; and instants in answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from appointments import wall_time
from appointments.errors import NotBookable
from companies.api import instants

if TYPE_CHECKING:
    Field = serializers.Field[Any, Any, Any, Any]
else:
    Field = serializers.Field


@extend_schema_field({"type": "string", "example": "2026-12-08T10:00:00+01:00"})
class LocalMomentField(Field):
    """An instant, or a time on a clock: then the body's `time_zone` says on which. instant() makes one of both."""

    default_error_messages = {"type": serializers.CharField.default_error_messages["invalid"]}

    def to_internal_value(self, data: Any) -> datetime:
        """In UTC, or naive."""
        if not isinstance(data, str):
            self.fail("type")
        try:
            return instants.read(data)
        except ValidationError as error:
            if error.code == "naive":
                return datetime.fromisoformat(data)
            raise serializers.ValidationError(error.messages, code=error.code) from error


class ZoneField(serializers.CharField):
    """The name of a time zone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """The name. Refused where there is no such zone."""
        name: str = super().to_internal_value(data)
        try:
            wall_time.zone_of(name)
        except NotBookable as error:
            raise serializers.ValidationError(str(error), code="unknown_zone") from error
        return name


def shown(moment: datetime) -> str:
    """An instant as answers tell it: in UTC."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


def instant(moment: datetime, zone: str | None, *, field: str) -> datetime:
    """In UTC. A ValidationError about the field where no zone is named, or clocks never show that time, or twice."""
    if moment.tzinfo is None and not zone:
        raise _refused(field, instants.WITHOUT_ZONE, "naive")
    try:
        return instants.read(wall_time.instant(moment, zone or "UTC").isoformat())
    except NotBookable as error:
        raise _refused(field, error, "clock_change") from error
    except (ValidationError, OverflowError) as error:
        raise _refused(field, instants.TOO_FAR, "too_far") from error


def _refused(field: str, sentence: Any, code: str) -> serializers.ValidationError:
    return serializers.ValidationError({field: [ErrorDetail(str(sentence), code=code)]})
