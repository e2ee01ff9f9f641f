"""JSON: an array that is read piece by piece, and one object on each line."""

from __future__ import annotations

import io
import json

import pytest

from calcom.legacy.dump.errors import DumpRefused
from calcom.legacy.dump.json_file import JsonFile
from calcom.legacy.dump.lines import TOO_LONG, Broken, Row


def read(text: str) -> list[Row | Broken]:
    return list(JsonFile(io.StringIO(text, newline="")))


@pytest.mark.parametrize("text", ["", " \n ", "[]", "[ ]\n"])
def test_no_rows(text):
    assert read(text) == []


@pytest.mark.parametrize("length", [0, 1, 10, 65_530, 200_000])
def test_rows_are_found_wherever_the_pieces_end(length):
    rows = [{"Id": number, "text": f'{"ä" * length} \u2028 " }}]'} for number in range(5)]
    for text in (json.dumps(rows), json.dumps(rows, ensure_ascii=False, indent=2)):
        assert [row.values["text"] for row in read(text)] == [row["text"] for row in rows]  # type: ignore[union-attr]


def test_each_row_knows_its_line():
    text = '[\n {"id": 1,\n  "b": 2},\n\n {"id": 3}]'
    assert [row.line for row in read(text)] == [2, 5]
    assert [row.line for row in read('\n{"id": 1}\n\n{"id": 2}')] == [2, 4]


@pytest.mark.parametrize(
    ("text", "line"),
    [('[\n{"id": 1},\n{"id": ', 3), ('[\n{"id": 1}\n{"id": 2}]', 3), ("[{},\n\n oops]", 3), ("[{}]\n[", 2)],
)
def test_a_damaged_array_is_refused_as_a_whole(text, line):
    with pytest.raises(DumpRefused, match=rf"^line {line}: not valid JSON"):
        read(text)


def test_a_damaged_line_costs_itself():
    found = read('{"id": 1}\n{"id": \n{"id": 3}\n[1]\n{"id": NaN}\n')
    assert [getattr(row, "reason", "row") for row in found] == [
        "row",
        "is no valid JSON",
        "row",
        "is no JSON object",
        "is no valid JSON",
    ]


@pytest.mark.parametrize("cell", ["x" * 10_000_000, ["x" * 1000] * 10_000])
@pytest.mark.parametrize("as_lines", [True, False])
def test_ten_megabytes_in_one_cell_cost_its_own_row(cell, as_lines):
    rows = [json.dumps(row) for row in ({"id": 1}, {"id": 2, "b": cell}, {"id": 3})]
    found = read("\n".join(rows) if as_lines else f"[{','.join(rows)}]")
    assert [getattr(row, "reason", "row") for row in found] == ["row", TOO_LONG, "row"]
