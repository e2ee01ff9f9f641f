"""Text that is kept: errors of pushes, reasons in the history.

Whoever reads a page reads it in their own language. What is stored has many readers, so it is stored in the language
of the installation (LANGUAGE_CODE), whoever caused it: a worker, or somebody whose portal is German. Refusals of use
cases are read once, by whoever asked, and are in their language.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def to_be_kept() -> AbstractContextManager[object]:
    """What is translated in here is going to be stored."""
    return translation.override(settings.LANGUAGE_CODE)


def kept(text: _StrPromise) -> str:
    """A lazily translated text, as it is stored."""
    with to_be_kept():
        return str(text)
