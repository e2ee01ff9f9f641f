"""What reaches a terminal or a log file: one line, no control characters."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH = 140


def printable(text: str) -> str:
    """One line without control characters: names and words come from Cal.com, and a terminal obeys them."""
    plain = "".join(" " if unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"} else sign for sign in text)
    return encodable(plain)


def encodable(text: str) -> str:
    """Without half characters, which no stream takes."""
    return text.encode(errors="replace").decode()


def table_lines(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table as plain lines, without colours or frame; long cells are wrapped."""
    table = Table(*headings, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console = Console(file=io.StringIO(), width=WIDTH, no_color=True, force_terminal=False)
    with console.capture() as captured:
        console.print(table)
    return [line.rstrip() for line in captured.get().splitlines()]
