"""One row's cells, read as what they should be. No database, nothing remembered but remarks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from appointments.customers import normal_email, normal_phone
from calcom.legacy.dump.errors import Unusable
from calcom.legacy.dump.nested import decoded
from calcom.mapping.people import email_of
from calcom.sync.copies import storable

NONE = {"", "NULL", "\\N"}
_YES, _NO = {"1", "true", "t", "yes", "y", "ja"}, {"0", "false", "f", "no", "n", "nein"}
_WHOLE = re.compile(r"-?\d{1,18}(\.0+)?")
# Day and hour in a year that may be true: what else Python reads as a time is a mere day, or a number.
_MOMENT = re.compile(r"(19[7-9]|20\d|21\d)\d-?\d\d-?\d\d[ T]\d\d.*", re.ASCII)
_ZERO_DATE = re.compile(r"0000-00-00([ T]00:00:00(\.0+)?)?")
_MONEY = re.compile(r"\d+([.,]\d{1,2})?|[1-9]\d{0,2}((\.\d{3})+(,\d{1,2})?|(,\d{3})+(\.\d{1,2})?)")
# Thousands to some, three decimals to others.
_EITHER_MONEY = re.compile(r"(\d{1,3})[.,](\d{3})")
_THOUSANDS = re.compile(r"[.,](?=\d{3}(\D|$))")
_CURRENCIES = {"€": "EUR", "$": "USD", "£": "GBP", "CHF": "CHF", "EUR": "EUR", "USD": "USD", "GBP": "GBP"}
_UNITS = re.compile(r"euro?|usd|gbp|chf|[€$£\s]", re.IGNORECASE)
_PLACEHOLDER_EMAIL = re.compile(r"calcom_[^@]*@noemail.*|.*@[^@]*(placeholder|noemail|no-email).*")
_PLACEHOLDER_PHONE = re.compile(r"anonymous.*|anonym|unknown|unbekannt|restricted|private|withheld", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


class Cells:
    """One row. Each method takes the names that a column had in the predecessor's generations: the first filled counts.

    Times without a zone are read in `zone`. `remarks` are what was left out of a row that is taken over all the same.
    All methods but `has` raise Unusable for what cannot be read and must not be guessed.
    """

    def __init__(self, values: Mapping[str, Any], *, zone: ZoneInfo) -> None:
        self.values = values
        self.remarks: list[str] = []
        self._zone = zone

    def has(self, *names: str) -> bool:
        """Whether anything stands there; MySQL's 0000-00-00 is nothing."""
        value = self._first(names)
        return value is not None and not _ZERO_DATE.fullmatch(str(value).strip())

    def key(self, name: str = "id") -> str:
        """A primary key of the predecessor: a number or a UUID, as text. Empty for none."""
        text = self.text(name, longest=100).lower()
        return text.removesuffix(".0") if _WHOLE.fullmatch(text) else text

    def text(self, *names: str, longest: int) -> str:
        """Trimmed; empty for none."""
        value = self._first(names)
        if value is None:
            return ""
        if isinstance(value, dict | list):
            raise Unusable(f"{names[0]} holds JSON, not a text")
        text = str(value).strip()
        if len(text) > longest:
            raise Unusable(f"{names[0]} has {len(text):,} characters; {longest:,} fit")
        return text

    def cut(self, *names: str, longest: int) -> str:
        """The same; what is too long is cut, with a remark: for words without which the row is still true."""
        try:
            return self.text(*names, longest=longest)
        except Unusable as error:
            self.remarks.append(str(error))
            value = self._first(names)
            return "" if isinstance(value, dict | list) else str(value).strip()[:longest]

    def whole(self, *names: str, highest: int = 2**63 - 1) -> int | None:
        """A whole number from 0; None for none."""
        value = self._first(names)
        if value is None:
            return None
        text = str(value).strip()
        if not _WHOLE.fullmatch(text) or isinstance(value, bool) or not 0 <= int(text.split(".")[0]) <= highest:
            raise Unusable(f"{names[0]}: {_shown(text)} is no whole number from 0 to {highest:,}")
        return int(text.split(".")[0])

    def flag(self, *names: str, default: bool = False) -> bool:
        """Yes or no."""
        value = self._first(names)
        text = "" if value is None else str(value).strip().lower()
        if text and text not in _YES | _NO:
            raise Unusable(f"{names[0]}: {_shown(text)} is neither yes nor no")
        return text in _YES if text else default

    def moment(self, *names: str) -> datetime | None:
        """An instant in UTC; None for none, and for MySQL's 0000-00-00."""
        value = self._first(names)
        text = "" if value is None else str(value).strip()
        if not text or _ZERO_DATE.fullmatch(text):
            return None
        if not _MOMENT.fullmatch(text):
            raise Unusable(f"{names[0]}: {_shown(text)} is no time")
        try:
            return _instant(datetime.fromisoformat(text), self._zone)
        except (ValueError, OverflowError) as error:
            reason = f": {error}" if isinstance(error, _NoSuchTime) else ""
            raise Unusable(f"{names[0]}: {_shown(text)} is no time{reason}") from error

    def needed_moment(self, *names: str) -> datetime:
        """The same where it must not be missing."""
        found = self.moment(*names)
        if found is None:
            text = str(self._first(names) or "").strip()
            raise Unusable(f"{names[0]} is {_shown(text)}" if text else f"{names[0]} is empty")
        return found

    def loose_moment(self, *names: str) -> datetime | None:
        """The same where the row is still true without it: what cannot be read is none, with a remark."""
        try:
            return self.moment(*names)
        except Unusable as error:
            self.remarks.append(str(error))
            return None

    def money(self, *names: str) -> tuple[Decimal | None, str]:
        """An amount, and its currency where the text names it: "45,00 €", "1.250,00", "45.5", 45. Not "12,345"."""
        value = self._first(names)
        text = "" if value is None else str(value).strip()
        currency = next((code for sign, code in _CURRENCIES.items() if sign in text.upper()), "")
        plain = _UNITS.sub("", text)
        if not plain:
            return None, currency
        if either := _EITHER_MONEY.fullmatch(plain):
            raise Unusable(f"{names[0]}: {_shown(text)} {_two_ways(*either.groups())}")
        if not _MONEY.fullmatch(plain):
            raise Unusable(f"{names[0]}: {_shown(text)} is no price")
        amount = Decimal(_THOUSANDS.sub("", plain).replace(",", "."))
        if amount >= 10**8:
            raise Unusable(f"{names[0]}: {_shown(text)} is no price")
        return amount.quantize(Decimal("0.01")), currency

    def email(self, *names: str) -> str:
        """An address in lower case; empty for none, for those that the predecessor made up, and for what is none."""
        address = normal_email(self.cut(*names, longest=1000))
        if not address or _PLACEHOLDER_EMAIL.fullmatch(address) or not email_of(address):
            return ""
        if not _EMAIL.fullmatch(address) or len(address) > 254:
            self.remarks.append(f"{names[0]} is no e-mail address, and left out")
            return ""
        return address

    def phone(self, *names: str) -> str:
        """A number in E.164; empty for none, for those that the predecessor made up, and for what is none."""
        for name in names:
            text = self.cut(name, longest=1000)
            if not text or _PLACEHOLDER_PHONE.fullmatch(text):
                continue
            if number := normal_phone(text[:100]):
                return number
            self.remarks.append(f"{name} is no phone number, and left out")
        return ""

    def json(self, *names: str) -> Any:
        """What a column of JSON holds, however often it was encoded; None for none, and for what is broken."""
        value = self._first(names)
        if value is None:
            return None
        found, reason = decoded(value)
        if reason:
            self.remarks.append(f"{names[0]} {reason}; it is kept as it came")
        return found

    def _first(self, names: tuple[str, ...]) -> Any:
        return next((value for name in names if not _is_none(value := self.values.get(name))), None)


def key_in(values: Mapping[str, Any], name: str = "id") -> str:
    """A key of the predecessor; empty for none, and for what can be none."""
    try:
        key = Cells(values, zone=ZoneInfo("UTC")).key(name)
    except Unusable:
        return ""
    return key if storable(key) == key else ""


class _NoSuchTime(ValueError):
    """Clocks never showed it, or twice."""


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    raise _NoSuchTime(f"on that night clocks in {zone} are changed")


def _two_ways(whole: str, rest: str) -> str:
    """How to write what is meant."""
    as_decimals = Decimal(f"{whole}.{rest}").quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"can be read in two ways; write {int(whole + rest)}.00 or {as_decimals}, whichever is meant"


def _is_none(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.strip() in NONE)


def _shown(text: str) -> str:
    return f"“{text[:40]}”"
