"""JSON, read piece by piece: an array of objects, or one object on each line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn, TextIO

from calcom.legacy.dump.errors import DumpRefused
from calcom.legacy.dump.lines import LONGEST_CELL, LONGEST_ROW, TOO_LONG, Broken, Read, Row

_CHUNK = 1 << 16
_SPACE = re.compile(r"[ \t\r\n]*+")
_NO_OBJECT = "is no JSON object"


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number, strict=False)


class JsonFile:
    """The rows of one JSON file. Raises DumpRefused for an array that is damaged: nobody can tell where it goes on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._text = ""
        self._at = 0
        self._line = 1

    def __iter__(self) -> Iterator[Read]:
        """Every row, in the order of the file."""
        while (first := self._stream.read(1)).isspace():
            self._line += first == "\n"
        return self._elements() if first == "[" else self._lines(first)

    def _elements(self) -> Iterator[Read]:
        while (sign := self._sign()) != "]":
            line = self._line
            yield _row(line, *self._value())
            sign = self._sign()
            if sign == ",":
                self._pass(1)
            elif sign != "]":
                self._refuse("there should be a comma or the array's end")
        self._pass(1)
        if self._sign():
            self._refuse("the file goes on after the array's end")

    def _lines(self, head: str) -> Iterator[Read]:
        number = self._line
        while text := head + self._stream.readline(LONGEST_ROW + 1):
            part, head = text, ""
            while not part.endswith(("\n", "\r")) and (part := self._stream.readline(LONGEST_ROW)):
                pass
            if text.strip():
                yield _decoded(number, text)
            number += 1

    def _value(self) -> tuple[Any, int]:
        """The value that begins here, and its length."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
                if end < len(self._text) or not self._more():
                    break
            except (ValueError, RecursionError) as error:
                is_cut = isinstance(error, json.JSONDecodeError) and len(self._text) - self._at < 4 * LONGEST_ROW
                if not is_cut or not self._more():
                    self._refuse(str(getattr(error, "msg", error)), at=getattr(error, "pos", self._at))
        length = end - self._at
        self._pass(length)
        return value, length

    def _sign(self) -> str:
        """The next sign that is no space; empty at the end of the file."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._pass(found.end() - self._at if found else 0)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Read on, the more the longer the value is that has not come to its end. False at the end of the file."""
        chunk = self._stream.read(max(_CHUNK, len(self._text) - self._at))
        if chunk:
            self._text, self._at = self._text[self._at :] + chunk, 0
        return bool(chunk)

    def _pass(self, length: int) -> None:
        self._line += self._text.count("\n", self._at, self._at + length)
        self._at += length

    def _refuse(self, reason: str, *, at: int | None = None) -> NoReturn:
        line = self._line + self._text.count("\n", self._at, self._at if at is None else at)
        raise DumpRefused(f"line {line}: not valid JSON ({reason})")


def _decoded(number: int, text: str) -> Read:
    if len(text) > LONGEST_ROW:
        return Broken(number, TOO_LONG)
    try:
        return _row(number, _DECODER.decode(text), len(text))
    except (ValueError, RecursionError):
        return Broken(number, "is no valid JSON")


def _row(line: int, value: Any, length: int) -> Read:
    if not isinstance(value, dict):
        return Broken(line, _NO_OBJECT)
    if length > LONGEST_CELL and any(_length(cell) > LONGEST_CELL for cell in value.values()):
        return Broken(line, TOO_LONG)
    return Row(line, {name.strip().lower(): cell for name, cell in value.items()})


def _length(cell: Any) -> int:
    if isinstance(cell, str):
        return len(cell)
    return len(json.dumps(cell)) if isinstance(cell, dict | list) else 0
