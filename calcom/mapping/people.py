"""What the readings of webhook bodies and of the API share about people.

Whoever books with a phone number only gets an address from Cal.com that nobody reads: the digits of the number, at
sms.cal.com. It is taken for what it says, a phone number, and never for an e-mail address: customers would be merged by
it, and mail sent to it.
"""

from __future__ import annotations

import zoneinfo
from typing import Any

from appointments.customers import normal_email, normal_phone

_ZONES = zoneinfo.available_timezones()
_MADE_UP = "@sms.cal.com"


def known_zone(name: str) -> str:
    """The name of a time zone where this machine knows it, else empty."""
    return name if name in _ZONES else ""


def email_of(address: str) -> str:
    """The e-mail address as it is kept; empty where Cal.com has made it up."""
    email = normal_email(address)
    return "" if email.endswith(_MADE_UP) else email


def phone_of(number: str, *, address: str) -> str:
    """The phone number in E.164 where it can be read, else as it came; an address that was made up says it as well."""
    digits, made_up, _ = normal_email(address).partition(_MADE_UP)
    told = f"+{digits.lstrip('+')}" if made_up else number
    return normal_phone(told) or told


def contact_of(address: str) -> str:
    """By what somebody is known again: the e-mail address, or the phone number where there is none."""
    return email_of(address) or phone_of("", address=address)


def without_made_up(answers: dict[str, Any]) -> dict[str, Any]:
    """A form's answers without an address that nobody typed."""
    return {slug: answer for slug, answer in answers.items() if not _is_made_up(answer)}


def _is_made_up(answer: Any) -> bool:
    value = answer.get("value") if isinstance(answer, dict) else answer
    return isinstance(value, str) and normal_email(value).endswith(_MADE_UP)
