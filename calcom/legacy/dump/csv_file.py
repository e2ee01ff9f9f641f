"""CSV, read line by line: one broken row costs itself only, be it ten megabytes long or a quotation mark short.

Quotation marks are doubled inside of quotes, as nearly all programs write it. Python's own reader would, after an
opened quotation mark, swallow the file to its end; so lines are put together here, and taken apart again where that
made no row.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TextIO

from calcom.legacy.dump.errors import DumpRefused
from calcom.legacy.dump.lines import LONGEST_CELL, LONGEST_ROW, TOO_LONG, Broken, Read, Row

_DELIMITERS = ",;\t|"
_UNCLOSED = "a quotation mark is opened and never closed"
_Line = tuple[int, str]


class CsvFile:
    """The rows of one CSV file; the delimiter is the one that makes most columns of its first line."""

    def __init__(self, stream: TextIO) -> None:
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))
        self._stream = stream
        self._ahead: deque[_Line] = deque()
        self._number = 0
        self._delimiter, self.columns = self._header()

    def __iter__(self) -> Iterator[Read]:
        """Every row, in the order of the file; empty lines are none."""
        while (line := self._next()) is not None:
            if line[1].strip():
                yield self._read(line)

    def _read(self, line: _Line) -> Read:
        number, text = line
        if len(text) > LONGEST_ROW:
            return Broken(number, TOO_LONG)
        found = self._cells([text])
        if text.count('"') % 2 == 0 or not isinstance(found, str):
            return self._row(number, found)
        lines = self._joined(line)
        found = self._cells([part for _, part in lines]) if lines[-1][1].count('"') % 2 else _UNCLOSED
        row = self._row(number, found)
        if isinstance(row, Broken) and row.reason != TOO_LONG:
            self._ahead.extendleft(reversed(lines[1:]))
        return row

    def _joined(self, first: _Line) -> list[_Line]:
        """The lines up to where the quotation marks are even again; what has no such end ends somewhere."""
        lines, size = [first], len(first[1])
        while size < LONGEST_ROW and (line := self._next()) is not None:
            lines.append(line)
            size += len(line[1])
            if line[1].count('"') % 2:
                break
        return lines

    def _row(self, number: int, found: list[str] | str) -> Read:
        if isinstance(found, str):
            return Broken(number, found)
        if len(found) != len(self.columns):
            return Broken(number, f"has {len(found)} cells, and the first line names {len(self.columns)} columns")
        return Row(number, dict(zip(self.columns, found, strict=True)))

    def _cells(self, lines: Sequence[str]) -> list[str] | str:
        """The cells of one record, or why they are none."""
        try:
            return next(csv.reader(lines, delimiter=self._delimiter, strict=True), [])
        except csv.Error as error:
            return _reason(error)

    def _header(self) -> tuple[str, list[str]]:
        line = self._next()
        text = "" if line is None or len(line[1]) > LONGEST_CELL else line[1]
        found = [(names, sign) for sign in _DELIMITERS if (names := _names(text, sign))]
        names, delimiter = max(found, key=lambda one: len(one[0]), default=([], ","))
        if doubled := sorted({name for name in names if name and names.count(name) > 1}):
            raise DumpRefused(f"the first line names a column twice: {', '.join(doubled)}")
        return delimiter, names

    def _next(self) -> _Line | None:
        """The next line with its number; of one that is too long only enough to see that."""
        if self._ahead:
            return self._ahead.popleft()
        text = self._stream.readline(LONGEST_ROW + 1)
        if not text:
            return None
        part = text
        while not part.endswith(("\n", "\r")) and (part := self._stream.readline(LONGEST_ROW)):
            pass
        self._number += 1
        return self._number, text


def _names(text: str, delimiter: str) -> list[str]:
    try:
        return [name.strip().lower() for name in next(csv.reader([text], delimiter=delimiter, strict=True), [])]
    except csv.Error:
        return []


def _reason(error: csv.Error) -> str:
    text = str(error)
    if "field limit" in text:
        return TOO_LONG
    if "unexpected end" in text:
        return _UNCLOSED
    return "quotation marks inside of a cell have to be doubled" if "expected after" in text else text
