"""What free-form fields may hold."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")


def storable_object(value: Any) -> None:
    """Accept a JSON object that PostgreSQL can store. Raises ValidationError."""
    if not isinstance(value, dict):
        raise ValidationError(_("Enter a JSON object: {…}."))
    if "\\u0000" in json.dumps(value):
        raise ValidationError(_("NUL characters cannot be stored."))


def opening_hours(value: Any) -> None:
    """Accept a weekday's spans, in order and without overlap: {"mon": ["09:00-12:00", "13:00-18:00"]}.

    Weekdays are mon to sun; a missing one is closed; a day ends at 24:00. Raises ValidationError.
    """
    storable_object(value)
    for day, spans in value.items():
        if day not in WEEKDAYS:
            raise ValidationError(
                _("“%(day)s” is no weekday. Use mon, tue, wed, thu, fri, sat, sun."), params={"day": day}
            )
        if not isinstance(spans, list) or not all(isinstance(span, str) and _SPAN.fullmatch(span) for span in spans):
            raise ValidationError(_("Enter times like 09:00-18:00 for %(day)s."), params={"day": day})
        if not _follow_each_other([span.split("-") for span in spans]):
            raise ValidationError(_("The times of %(day)s overlap or run backwards."), params={"day": day})


def _follow_each_other(spans: list[list[str]]) -> bool:
    """Whether each span ends after it starts, and starts when the one before has ended. "HH:MM" sorts as text."""
    return all(start < end for start, end in spans) and all(one[1] <= two[0] for one, two in pairwise(spans))
