"""Instants in bodies and addresses: ISO 8601 with a zone. A time without one means another moment to everybody."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_BLANK_FOR_PLUS = re.compile(r"(?<=[\d]) (?=\d\d:?\d\d$)")
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

UNREADABLE = _("A time as in ISO 8601, with its zone: 2026-12-01T09:30:00+01:00.")
WITHOUT_ZONE = _("This time has no zone. Write for example 2026-12-01T09:30:00+01:00.")
TOO_FAR = _("This time lies too far away.")


def read(text: str) -> datetime:
    """The instant, in UTC. Raises ValidationError with a sentence."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValidationError(UNREADABLE, code="invalid") from error
    if "T" not in text.upper() or len(text) > 40:
        raise ValidationError(UNREADABLE, code="invalid")
    if moment.tzinfo is None:
        raise ValidationError(WITHOUT_ZONE, code="naive")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as error:
        raise ValidationError(TOO_FAR, code="too_far") from error
    if not _EARLIEST <= moment < _LATEST:
        raise ValidationError(TOO_FAR, code="too_far")
    return moment


class InstantFormField(forms.CharField):
    """For filters. A `+` that was not encoded arrives as a blank, and is meant all the same."""

    def clean(self, value: Any) -> Any:
        """The instant; None where the filter is not used."""
        text = super().clean(value)
        return read(_BLANK_FOR_PLUS.sub("+", text)) if text else None
