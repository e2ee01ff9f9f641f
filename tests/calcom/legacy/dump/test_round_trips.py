"""Whatever a row says, it is read as it was written."""

from __future__ import annotations

import csv
import io
import json

from hypothesis import given
from hypothesis import strategies as st

from calcom.legacy.dump.csv_file import CsvFile
from calcom.legacy.dump.json_file import JsonFile
from calcom.legacy.dump.lines import Row

cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
rows = st.lists(st.tuples(cells, cells, cells), max_size=8)


@given(rows, st.sampled_from(",;\t|"), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_csv(written, delimiter, quoting):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, quoting=quoting).writerows(
        [("a", "b", "id"), *((*row[:2], "1") for row in written)]
    )
    stream.seek(0)
    assert [tuple(row.values.values())[:2] for row in CsvFile(stream) if isinstance(row, Row)] == [
        row[:2] for row in written
    ]


@given(rows, st.sampled_from([None, 1]), st.booleans())
def test_json(written, indent, as_ascii):
    told = [dict(zip("abc", row, strict=True)) for row in written]
    text = json.dumps(told, indent=indent, ensure_ascii=as_ascii)
    assert [row.values for row in JsonFile(io.StringIO(text, newline="")) if isinstance(row, Row)] == told
    lines = "\n".join(json.dumps(row, ensure_ascii=as_ascii) for row in told)
    assert [row.values for row in JsonFile(io.StringIO(lines, newline="")) if isinstance(row, Row)] == told
