"""Taking one person out of texts and JSON that tell of others as well."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

import phonenumbers
from phonenumbers import PhoneNumber

if TYPE_CHECKING:
    from companies.privacy.person import Person

ERASED = "[erased]"
"""What stands where a name stood."""

# Bounded, as two of them may meet: a long row of dashes would be tried in all ways.
_BETWEEN = "[ \u00a0\u202f()/.\u2011\u2013-]{0,4}"
# In JSON, and in bytes as PostgreSQL writes them, a letter or digit may end what stands for another sign: in "\\nada@…"
# the address begins behind the n. It is found with what stands before: PostgreSQL is slow at looking back so far.
_ESCAPED = r"\\[bfnrt]|\\u[0-9a-f]{4}|\\[0-7]{3}"
_NO_DIGIT = rf"(?:(?<!\d)|{_ESCAPED})"
_SHORTEST_PHONE = 6
_SHORTEST_NAME = 3
_TELLING_KEYS = re.compile("name|mail|phone|telefon|address|locale|zone", re.IGNORECASE)


class Redactor:
    """Replaces a person's addresses, numbers and names.

    A number is found in any spelling, with its country's code or a zero before it; a name as a whole.
    """

    def __init__(self, person: Person) -> None:
        self._person = person

    @cached_property
    def contact_pattern(self) -> str:
        """A regular expression for both PostgreSQL and Python, to be used without regard to case; empty: nothing."""
        emails = [
            rf"(?:(?<![\w.+-])|{_ESCAPED}){re.escape(email)}(?![\w-]|\.\w)"
            for email in sorted(self._person.emails - self._person.of_staff)
            if "@" in email[1:-1]  # what is none would be found in any text
        ]
        phones = [_phone_pattern(phone) for phone in sorted(self._person.phones - self._person.of_staff)]
        return "|".join([*emails, *(phone for phone in phones if phone)])

    @cached_property
    def _contacts(self) -> re.Pattern[str] | None:
        return re.compile(self.contact_pattern, re.IGNORECASE) if self.contact_pattern else None

    @cached_property
    def _all(self) -> re.Pattern[str] | None:
        long_enough = [name for name in self._person.names if len(name) >= _SHORTEST_NAME]
        alone = [re.escape(name) for name in sorted(long_enough, key=len, reverse=True)]
        names = [rf"(?:(?<!\w)|{_ESCAPED}){name}(?!\w)" for name in alone]
        found = "|".join([*([self.contact_pattern] if self.contact_pattern else []), *names])
        return re.compile(found, re.IGNORECASE) if found else None

    def names_them(self, text: str) -> bool:
        """Whether the text holds an address, number or name of theirs."""
        return self.first(text) is not None

    def first(self, text: str) -> re.Match[str] | None:
        """The first place where they are named."""
        return self._all.search(text) if self._all else None

    def text(self, text: str) -> str:
        """The text without them."""
        return self._all.sub(ERASED, text) if self._all else text

    def json(self, value: Any) -> Any:
        """The same JSON without them: in keys too, and where an object is about them, in all that tells who it is."""
        if isinstance(value, dict):
            is_theirs = any(isinstance(item, str) and self._is_contact(item) for item in value.values())
            return {self.text(key): self._item(key, item, is_theirs=is_theirs) for key, item in value.items()}
        if isinstance(value, list):
            return [self.json(item) for item in value]
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and self.names_them(str(value)):
            return ERASED
        return value

    def _item(self, key: str, item: Any, *, is_theirs: bool) -> Any:
        if is_theirs and isinstance(item, str) and item and _TELLING_KEYS.search(key):
            return ERASED
        return self.json(item)

    def _is_contact(self, text: str) -> bool:
        return bool(self._contacts and self._contacts.fullmatch(text.strip()))


def _phone_pattern(phone: str) -> str:
    """Any spelling of a number; empty for one that is too short to be told from other numbers."""
    number = _parsed(phone)
    if number is None:
        digits = re.sub(r"\D", "", phone)
        return rf"{_NO_DIGIT}{_BETWEEN.join(digits)}(?!\d)" if len(digits) >= _SHORTEST_PHONE else ""
    code, national = str(number.country_code), str(number.national_number)
    if len(national) < _SHORTEST_PHONE:
        return ""
    before = rf"(?:(?:\+|00){_BETWEEN})?{_BETWEEN.join(code)}{_BETWEEN}(?:\(?0\)?)?|0"
    return rf"{_NO_DIGIT}(?:{before}){_BETWEEN}{_BETWEEN.join(national)}(?!\d)"


def _parsed(phone: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return None
