"""Names as they are compared: German letters spelt out, no titles, no order of words."""

from __future__ import annotations

import re
import unicodedata

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "æ": "ae", "ø": "oe", "å": "aa", "ß": "ss"})
_TITLE = re.compile("dr|prof|med|dent|vet|rer|nat|phil|jur|mag|dipl|ing|phd|msc|bsc|ba|ma|herr|frau|mr|mrs|ms|miss|sir")
_LENGTH = re.compile(r"\b\d+\s*(?:min|mins|minute|minuten|minutes|h|std)\b")


def person(name: str) -> str:
    """A person's name: "Dr. Jürgen Groß" and "GROSS, JUERGEN" are the same."""
    words = _words(name)
    return " ".join(sorted(word for word in words if not _TITLE.fullmatch(word)) or sorted(words))


def service(title: str) -> str:
    """A service's name, without its length: "Beratung (30 Min.)" and "beratung" are the same."""
    plain = " ".join(_words(title))
    return " ".join(_LENGTH.sub(" ", plain).split()) or plain


def email(address: str) -> str:
    """An address, without regard to case."""
    return address.strip().casefold()


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFC", text).casefold().translate(_GERMAN)
    decomposed = unicodedata.normalize("NFKD", plain)
    letters = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return re.findall(r"\w+", letters)
