"""Bodies: JSON objects of a bearable size, with nothing in them that PostgreSQL cannot keep."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isinf
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from companies.api.problems import Problem

_DEEPEST = 20


class ObjectParser(BaseParser):
    """One JSON object. DRF's own parser knows no limit, and lets lone surrogates and NaN through."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The object. Raises ParseError; a Problem where it is too large."""
        most = settings.API_MAX_BODY_BYTES
        raw: bytes = stream.read(most + 1)
        if len(raw) > most:
            sentence = _("The body is larger than %(most)d bytes.") % {"most": most}
            raise Problem(sentence, status=413, code="too-large", title=_("Body too large"))
        told = _decoded(raw)
        if not isinstance(told, dict):
            raise ParseError(_("The body has to be a JSON object."))
        _check(told)
        return told


def _decoded(raw: bytes) -> Any:
    if not raw.strip():
        return {}
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise ParseError(_("The body is no JSON.")) from error


def _finite(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError("this number is too large")
    return number


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _check(told: dict[str, Any]) -> None:
    """Neither NUL nor half a character in any text or name; and nothing nested so deep that nobody means it."""
    level: list[Any] = [told]
    for _depth in range(_DEEPEST):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, str):
                _check_text(value)
            elif isinstance(value, dict):
                inner += [*value.keys(), *value.values()]
            elif isinstance(value, list):
                inner += value
        level = inner
    if level:
        raise ParseError(_("The body is nested too deep."))


def _check_text(text: str) -> None:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ParseError(_("The body holds a character that no text can hold."))
