"""The words of the page in the reader's language. No Django here: the project's catalogues are plain gettext."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import datetime
from gettext import NullTranslations, translation
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
language: ContextVar[str] = ContextVar("language", default="en")

_LOCALES = Path(__file__).resolve().parents[3] / "locale"
_WEEKDAYS = {"en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], "de": ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"]}
_MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "de": ["Jan.", "Feb.", "März", "April", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."],
}


def _(text: str) -> str:
    """The text in the reader's language; English where nobody has translated it."""
    return _catalogue().gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    """The same for what is counted."""
    return _catalogue().ngettext(one, many, number)


def preferred(accepted: str) -> str:
    """German where a browser asks for it first, else English."""
    return "de" if accepted.strip().lower().startswith("de") else "en"


def when(moment: datetime) -> str:
    """A time in Berlin: "Mon 7 Dec, 10:00"."""
    return f"{day(moment)}, {moment.astimezone(ZONE):%H:%M}"


def day(moment: datetime) -> str:
    """A day in Berlin: "Mon 7 Dec"."""
    local, spoken = moment.astimezone(ZONE), language.get()
    number = f"{local.day}." if spoken == "de" else str(local.day)
    return f"{_WEEKDAYS[spoken][local.weekday()]} {number} {_MONTHS[spoken][local.month - 1]}"


def _catalogue() -> NullTranslations:
    return translation("django", localedir=_LOCALES, languages=[language.get()], fallback=True)
