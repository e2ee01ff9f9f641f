"""A dump that is none is refused as a whole, with a sentence, before anything is written."""

from __future__ import annotations

import json

import pytest

from appointments.models import Customer
from calcom.legacy.dump.tally import ReportFile
from calcom.models import LegacyRow, LegacyRun
from tests.calcom.legacy.dump import dumps


@pytest.fixture
def refusal(bring):
    """Why a dump was refused; nothing of it may be here."""

    def refused(path, **options):
        result = bring(path, **options)
        assert (result.is_good, result.run_id, result.counts["rows"]) == (False, None, 0)
        assert not LegacyRow.objects.exists()
        assert not LegacyRun.objects.exists()
        (text,) = result.failures
        assert text.endswith("; nothing was taken over")
        return text

    return refused


def test_missing_columns_are_named(dump, refusal):
    folder = dump(appointments=[{"Nummer": 1, "status": "booked", "starts_at": "2026-12-08"}])
    assert "appointments.csv: the columns are missing: id, ends_at or end_time or end_at." in refusal(folder)
    assert "There are: nummer, starts_at, status" in refusal(folder)


@pytest.mark.parametrize("text", ["", "1,Ada,ada@example.com\n"])
def test_a_file_without_names_of_columns(dump, refusal, text):
    folder = dump()
    (folder / "customers.csv").write_text(text)
    assert "customers.csv: the columns are missing: id, name or first_name" in refusal(folder)


def test_json_names_its_columns_in_its_rows(tmp_path, refusal):
    path = dumps.write_json(tmp_path, "customers", [{"id": 1}, {"id": 2, "mail": "x"}])
    assert "customers.json: the column is missing: name or first_name or last_name." in refusal(path)


def test_another_encoding_is_not_guessed(dump, refusal):
    folder = dump()
    dumps.write_csv(folder, "customers", [dumps.customer(), dumps.customer(22, name="Köhler")], encoding="cp1252")
    text = refusal(folder)
    assert text.startswith("customers.csv, line 3: not UTF-8.")
    assert "--encoding=windows-1252" in text


def test_another_encoding_may_be_named(dump, bring):
    folder = dump(branches=[], staff=[], services=[], appointments=[])
    for name in ("branches", "staff", "services", "appointments"):
        (folder / f"{name}.csv").unlink()
    dumps.write_csv(folder, "customers", [dumps.customer(name="Köhler")], encoding="cp1252", delimiter=";")
    assert bring(folder, encoding="windows-1252").is_good
    assert Customer.objects.get().name == "Köhler"


def test_utf_16_is_seen(tmp_path, refusal, bring):
    path = dumps.write_csv(tmp_path, "customers", [dumps.customer()], encoding="utf-16")
    assert "customers.csv is UTF-16, not UTF-8: say --encoding=utf-16" in refusal(path)
    assert bring(path, encoding="utf-16").counts["created"] == 1


def test_a_mark_at_the_beginning_is_no_part_of_the_first_name(tmp_path, bring):
    path = dumps.write_csv(tmp_path, "customers", [dumps.customer()], encoding="utf-8-sig")
    assert bring(path).counts["created"] == 1


@pytest.mark.parametrize(("name", "words"), [("klingon", "there is no encoding"), ("base64", "no encoding of text")])
def test_an_encoding_that_is_none(dump, refusal, name, words):
    assert words in refusal(dump(), encoding=name)


def test_a_damaged_array_is_refused_with_its_line(tmp_path, refusal):
    path = tmp_path / "customers.json"
    path.write_text(json.dumps([dumps.customer()], indent=1)[:-20])
    assert "customers.json: line " in refusal(path)


def test_nothing_to_read(tmp_path, refusal):
    assert "holds no file of a table: branches.csv" in refusal(tmp_path)
    assert "there is no file" in refusal(tmp_path / "customers.csv")
    assert "is no folder and no file ending in" in refusal(tmp_path / "dump.sql")


def test_one_file_says_which_table_it_is(tmp_path, refusal, bring):
    path = dumps.write_csv(tmp_path, "old", [dumps.customer()])
    assert "say with --table which table old.csv is" in refusal(path)
    assert "there is no table “people”" in refusal(path, table="people")
    assert bring(path, table="customers").tables["customers"]["created"] == 1


def test_the_same_table_twice(dump, refusal):
    folder = dump()
    dumps.write_json(folder, "customers", [])
    assert "holds customers.csv and customers.json: leave one" in refusal(folder)


def test_rows_of_several_companies_are_not_mixed(dump, refusal, bring):
    folder = dump(customers=[dumps.customer(), dumps.customer(22, company_id=8)])
    assert "rows of several companies (company_id 7, 8)" in refusal(folder)
    assert "no row with company_id 9; there are 7, 8" in refusal(folder, old_company="9")
    assert bring(folder, old_company="7").tables["customers"] == {"rows": 2, "created": 1, "of_others": 1}


def test_another_company_than_before(dump, bring):
    bring(dump())
    result = bring(dump(customers=[dumps.customer(22, company_id=8)]), table="customers")
    assert "brought over before was of company_id 7, and this is of 8" in result.failures[0]
    assert Customer.objects.count() == 1


def test_a_time_zone_that_is_none(dump, refusal):
    assert "there is no time zone “Berlin”" in refusal(dump(), zone="Berlin")


def test_a_report_is_nobody_elses_to_read(tmp_path):
    path = tmp_path / "report.csv"
    ReportFile.refuse_unwritable(path)
    ReportFile(path).close()
    assert path.stat().st_mode & 0o077 == 0


def test_a_report_that_cannot_be_written(dump, refusal, tmp_path):
    assert "the report cannot be written" in refusal(dump(), report=tmp_path / "nowhere" / "x.csv")
