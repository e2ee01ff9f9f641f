"""Fields that several forms of the portal have: a day and a time as the browser lets them be chosen."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES, UnfoldAdminTextareaWidget

from appointments.wall_time import instant

_CLASSES = {"class": " ".join(INPUT_CLASSES)}


class DayInput(forms.DateInput):
    """The browser's own choice of a day."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(attrs=_CLASSES, format="%Y-%m-%d")


class ClockInput(forms.TimeInput):
    """The browser's own choice of a time of day."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(attrs=_CLASSES, format="%H:%M")


def day_field() -> forms.DateField:
    """A day."""
    return forms.DateField(label=capfirst(_("day")), widget=DayInput())


def clock_field(help_text: Any = "") -> forms.TimeField:
    """A time of day."""
    return forms.TimeField(label=capfirst(_("time")), widget=ClockInput(), help_text=help_text)


def text_field(label: Any, *, help_text: Any = "", required: bool = True, rows: int = 3) -> forms.CharField:
    """Some lines of text."""
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows})
    return forms.CharField(
        label=capfirst(label), help_text=help_text, required=required, widget=widget, max_length=2000
    )


def moment_of(day: date, clock: time, zone: str) -> datetime:
    """The instant at which clocks in the zone show this. Raises NotBookable where they never do, or twice."""
    return instant(datetime.combine(day, clock), zone)
