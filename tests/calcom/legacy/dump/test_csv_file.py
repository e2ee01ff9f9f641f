"""CSV: what is broken costs its own row."""

from __future__ import annotations

import io

import pytest

from calcom.legacy.dump.csv_file import CsvFile
from calcom.legacy.dump.errors import DumpRefused
from calcom.legacy.dump.lines import TOO_LONG, Broken, Row


def read(text: str) -> list[Row | Broken]:
    return list(CsvFile(io.StringIO(text, newline="")))


def told(text: str) -> list[tuple[int, str]]:
    """The second cell of each row, the reason of what is none; with the line."""
    return [(row.line, row.values["b"] if isinstance(row, Row) else row.reason) for row in read(text)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_first_line_tells_the_delimiter(delimiter):
    text = "ID,B\n1,x\n".replace(",", delimiter)
    assert read(text) == [Row(2, {"id": "1", "b": "x"})]


def test_lines_and_quotes_in_a_cell_belong_to_it():
    assert told('a,b\r\n1,"one ""and""\r\ntwo, three"\r\n\r\n2,x\r\n') == [(2, 'one "and"\r\ntwo, three'), (5, "x")]


def test_a_quotation_mark_in_a_bare_cell_is_nothing_special():
    assert told('a,b\n1,12" screen\n2,x\n') == [(2, '12" screen'), (3, "x")]


def test_a_quotation_mark_that_is_never_closed_costs_its_own_row():
    text = 'a,b\n1,x\n2,"never closed\n3,y\n4,"also open\n5,z\n'
    assert [line for line, _ in told(text)] == [2, 3, 4, 5, 6]
    assert [row.line for row in read(text) if isinstance(row, Broken)] == [3, 5]


def test_the_wrong_number_of_cells_costs_its_own_row():
    assert told("a,b\n1\n2,x,y\n3,z\n") == [
        (2, "has 1 cells, and the first line names 2 columns"),
        (3, "has 3 cells, and the first line names 2 columns"),
        (4, "z"),
    ]


def test_a_backslash_does_not_double_a_quotation_mark():
    assert told('a,b\n1,"{\\"x\\": 1}"\n2,y\n') == [
        (2, "quotation marks inside of a cell have to be doubled"),
        (3, "y"),
    ]


@pytest.mark.parametrize("cell", ["x" * 10_000_000, "x\n" * 5_000_000, "x" * 40_000_000])
def test_ten_megabytes_in_one_cell_cost_its_own_row(cell):
    found = told(f'a,b\n1,"{cell}"\n2,y\n')
    assert found[0] == (2, TOO_LONG)
    assert [reason for _line, reason in found[1:]] == ["y"]


def test_what_fits_is_read():
    assert len(read(f"a,b\n1,{'x' * 1_000_000}\n")[0].values["b"]) == 1_000_000  # type: ignore[union-attr]  # a Row


def test_a_column_named_twice_refuses_the_file():
    with pytest.raises(DumpRefused, match="names a column twice: b"):
        read("a,b,B\n1,2,3\n")


@pytest.mark.parametrize("text", ["", "\n", "\x00\x01"])
def test_what_is_no_csv_has_no_rows(text):
    assert read(text) == []


def test_columns_without_a_name_are_none():
    assert told("a;b;;\n1;x;;\n") == [(2, "x")]
