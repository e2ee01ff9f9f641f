"""What became of the rows: numbers by table, and a report of each row that was not taken over as it stands."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from calcom.legacy.dump.errors import DumpRefused
from calcom.legacy.result import LegacyResult

OUTCOMES = ("rows", "created", "matched", "unchanged", "refused", "left_out", "of_others")
"""rows: all that were read, the sum of the others. matched: was here already, without a dump. unchanged: was brought
over before. left_out: the predecessor had deleted it. of_others: of another company of the predecessor."""

_HEAD = ("table", "line", "key", "outcome", "reason")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Remark:
    """What is to be said of one row. `outcome`: refused, left out, differs or noted."""

    table: str
    line: int
    key: str
    outcome: str
    reason: str

    def cells(self) -> tuple[str, ...]:
        """As a line of the report; nothing that a spreadsheet would compute."""
        key = f"'{self.key}" if self.key.startswith(_FORMULA) else self.key
        return self.table, str(self.line), key, self.outcome, self.reason

    def __str__(self) -> str:
        key = f" ({self.key})" if self.key else ""
        return f"{self.table}, line {self.line}{key}: {self.reason}"


@dataclass
class Tally:
    """What became of one batch; counted only once it is committed."""

    table: str
    numbers: Counter[str] = field(default_factory=Counter)
    remarks: list[Remark] = field(default_factory=list)

    def count(self, outcome: str) -> None:
        """One more row with this outcome."""
        self.numbers["rows"] += 1
        self.numbers[outcome] += 1

    def refuse(self, line: int, key: str, reason: str, *, outcome: str = "refused") -> None:
        """One more row that is not taken over, or left out."""
        self.count(outcome.replace(" ", "_"))
        self.say(line, key, outcome, reason)

    def say(self, line: int, key: str, outcome: str, reason: str) -> None:
        """Something of a row, for the report."""
        self.remarks.append(Remark(self.table, line, key, outcome, reason))


@dataclass
class DumpResult(LegacyResult):
    """`tables`: the numbers of each table. `report`: the file that names every row not taken over as it stands."""

    tables: dict[str, Counter[str]] = field(default_factory=dict)
    report: Path | None = None

    def add(self, tally: Tally) -> None:
        """What was committed."""
        self.tables.setdefault(tally.table, Counter()).update(tally.numbers)
        self.numbers.update(tally.numbers)
        for remark in tally.remarks:
            if remark.outcome == "refused":
                self.leave(str(remark))

    def noted(self, tally: Tally) -> dict[str, Counter[str]]:
        """The numbers of each table, with a batch that is about to be committed."""
        return self.tables | {tally.table: self.tables.get(tally.table, Counter()) + tally.numbers}

    def go_on_from(self, noted: Mapping[str, Mapping[str, int]]) -> None:
        """Count on from what an interrupted run had noted."""
        for table, numbers in noted.items():
            self.tables[table] = Counter(numbers)
            self.numbers.update(numbers)

    def lines(self) -> list[str]:
        """What became of each table, in words; numbers that are zero are not told."""
        return [f"{table}: {', '.join(_words(numbers))}" for table, numbers in self.tables.items()]


def _words(numbers: Counter[str]) -> list[str]:
    return [f"{numbers[name]:,} {name.replace('_', ' ')}" for name in OUTCOMES if numbers[name]]


def _private(path: str, flags: int) -> int:
    """A new one is nobody else's to read: reasons repeat what stands in the rows."""
    return os.open(path, flags, 0o600)


class ReportFile:
    """The report on disk. What an interrupted run wrote after its last commit is cut off when it is gone on with."""

    def __init__(self, path: Path, *, size: int = 0) -> None:
        """`size`: how long it was at the last commit."""
        is_kept = size > 0 and path.is_file() and path.stat().st_size >= size
        self._stream = open(path, "r+b" if is_kept else "wb", opener=_private)  # noqa: SIM115 - see close()
        self._committed = size if is_kept else 0
        self.take_back()
        if not is_kept:
            self._committed = self._write([_HEAD])

    def add(self, remarks: Sequence[Remark]) -> int:
        """Write them, for good, and say how long the report is now."""
        return self._write([remark.cells() for remark in remarks]) if remarks else self._stream.tell()

    def keep(self) -> None:
        """What was added stands: its batch is committed."""
        self._committed = self._stream.tell()

    def take_back(self) -> None:
        """Cut off what was added since: nothing came of the batch."""
        self._stream.truncate(self._committed)
        self._stream.seek(0, os.SEEK_END)

    @staticmethod
    def refuse_unwritable(path: Path) -> None:
        """Raises DumpRefused where nothing can be written."""
        try:
            open(path, "ab", opener=_private).close()
        except OSError as error:
            text = f"the report cannot be written to {path}: {error.strerror or error}"
            raise DumpRefused(text) from error

    def close(self) -> None:
        """Nothing more is going to be said."""
        self._stream.close()

    def _write(self, rows: Sequence[tuple[str, ...]]) -> int:
        text = StringIO()
        csv.writer(text).writerows(rows)
        self._stream.write(text.getvalue().encode(errors="replace"))
        self._stream.flush()
        os.fsync(self._stream.fileno())
        return self._stream.tell()
