"""The command lines of README and docs, in their order, with what the docs say comes of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md")), "bench/README.md"]

_FIRST_WORDS = (
    "python3|python|pip|make|curl|celery|gunicorn|pg_dump|pg_restore|psql|createdb|dropdb|redis-cli|valkey-cli"
)
_COMMAND = re.compile(rf"(?:\$ )?((?:\.venv/bin/)?(?:{_FIRST_WORDS})\b.*|[A-Z_]+=\S.*)")
_IN_TEXT = re.compile(r"`((?:python3 start\.py|(?:python )?manage\.py|make|celery) [^`]+)`")
_EXPLANATION = re.compile(r"\s{3,}[^\s'\"|&>\\-].*$")
_OPTIONAL = re.compile(r"\s*\[[^\]\"']*\]")
_STATUS = re.compile(r"\(exit status (\d)\b")


@dataclass(frozen=True)
class Line:
    """One command, without the explanation behind it and what is optional in it.

    `status`: "(exit status 1)" behind or below it, else 0. `output`: the rows below a command that is marked with a
    dollar sign, which are what it prints.
    """

    file: str
    number: int
    command: str
    status: int = 0
    output: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.file}:{self.number}: {self.command}"


def lines_of(file: str) -> Iterator[Line]:
    """The commands of one file: those of indented blocks, and whole ones within sentences."""
    rows = (ROOT / file).read_text().splitlines()
    number = 0
    while number < len(rows):
        row, first = rows[number], number + 1
        number += 1
        if not row.startswith("    "):
            for text in _IN_TEXT.findall(row):
                yield _line(file, first, text)
            continue
        while row.endswith("\\") and number < len(rows):
            row = f"{row[:-1].rstrip()} {rows[number].strip()}"
            number += 1
        found = _COMMAND.fullmatch(row.strip())
        if found:
            output = list(_output(rows[number:])) if row.strip().startswith("$ ") else []
            number += len(output)
            yield _line(file, first, found[1], output)


def _output(rows: list[str]) -> Iterator[str]:
    """The rows of the same block up to its next command."""
    for row in rows:
        if (row and not row.startswith("    ")) or row.strip().startswith("$ "):
            return
        yield row.strip()


def _line(file: str, number: int, text: str, output: Sequence[str] = ()) -> Line:
    command = _OPTIONAL.sub("", _EXPLANATION.sub("", text)).strip()
    status = next((int(found[1]) for row in (text, *output) if (found := _STATUS.search(row))), 0)
    said = tuple(row for row in output if row and not _STATUS.match(row))
    return Line(file, number, command, status, said)
