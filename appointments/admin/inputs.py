"""Fields that several forms of the portal have: a day and a time as the browser lets them be chosen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from unfold.widgets import INPUT_CLASSES, UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget

from appointments.wall_time import both

_CLASSES = {"class": " ".join(INPUT_CLASSES)}
_FIRST, _SECOND = "first", "second"
# What lies further away cannot be counted with on every clock; the rules of booking are narrower.
_EARLIEST, _LATEST = date(2000, 1, 1), date(2200, 1, 1)


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
    limits = [MinValueValidator(_EARLIEST), MaxValueValidator(_LATEST)]
    return forms.DateField(label=capfirst(_("day")), widget=DayInput(), validators=limits)


def clock_field(help_text: Any = "") -> forms.TimeField:
    """A time of day."""
    return forms.TimeField(label=capfirst(_("time")), widget=ClockInput(), help_text=help_text)


def text_field(label: Any, *, help_text: Any = "", required: bool = True, rows: int = 3) -> forms.CharField:
    """Some lines of text."""
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows})
    return forms.CharField(
        label=capfirst(label), help_text=help_text, required=required, widget=widget, max_length=2000
    )


class ClockForm(forms.Form):
    """Mixin for a form that means a moment by what clocks show: on one night of the year it has to ask which."""

    day = day_field()
    clock = clock_field()

    def ask_which(self, walls: Iterable[datetime], zone: str) -> bool | None:
        """Whether the second of two is meant where clocks show one of these twice; else None.

        Where that was not said, the form gets a choice and an error: it is shown again.
        """
        wall = next((one for one in walls if both(one, zone)), None)
        if wall is None:
            return None
        self.offer_both(wall, zone)
        chosen = self.data.get(self.add_prefix("which"))
        if chosen not in (_FIRST, _SECOND):
            shown = {"time": f"{wall:%H:%M}", "day": date_format(wall, pgettext("date format", "D j M Y"))}
            self.add_error("which", _("Clocks show %(time)s twice on %(day)s: say which is meant.") % shown)
            return None
        return bool(chosen == _SECOND)

    def offer_both(self, wall: datetime, zone: str) -> None:
        """Let it be chosen which is meant, if clocks in the zone show this time twice."""
        pair = both(wall, zone)
        if pair is None:
            return
        first, second = (f"UTC{one.isoformat()[-6:]}" for one in pair)
        choices = [
            (_FIRST, _("the first, in summer time (%(offset)s)") % {"offset": first}),
            (_SECOND, _("the second, in winter time (%(offset)s)") % {"offset": second}),
        ]
        self.fields["which"] = forms.ChoiceField(
            label=capfirst(_("which of the two")),
            choices=choices,
            required=False,
            initial=(_FIRST, _SECOND)[wall.fold],
            widget=UnfoldAdminRadioSelectWidget,
        )
        self.order_fields(["day", "clock", "which"])
