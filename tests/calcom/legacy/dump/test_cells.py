"""Single cells: read as what they should be, never guessed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from calcom.legacy.dump.cells import Cells
from calcom.legacy.dump.errors import Unusable

BERLIN = ZoneInfo("Europe/Berlin")


def cells(value: Any) -> Cells:
    return Cells({"x": value}, zone=BERLIN)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-12-08 10:00:00", 9),
        ("2026-12-08T10:00:00.000000", 9),
        ("2026-07-08 10:00:00", 8),
        ("2026-12-08T10:00:00Z", 10),
        ("2026-12-08T10:00:00+05:00", 5),
    ],
)
def test_times_without_a_zone_are_the_companys(text, hour):
    found = cells(text).moment("x")
    assert found is not None
    assert (found.tzinfo, found.hour) == (UTC, hour)


@pytest.mark.parametrize(
    "text", ["", None, "NULL", "\\N", "0000-00-00 00:00:00", "0000-00-00", "0000-00-00T00:00:00.000"]
)
def test_no_time(text):
    assert cells(text).moment("x") is None
    with pytest.raises(Unusable, match=r"^x is"):
        cells(text).needed_moment("x")


@pytest.mark.parametrize(
    "text",
    [
        *("2026-00-10 10:00:00", "2026-02-30 10:00", "08.12.2026 10:00", "soon", "1765184400", "10:00", "2026-12-08"),
        *("0001-01-01 00:00:00", "9999-12-31 23:59:59", 1701011230000),
    ],
)
def test_what_is_no_time_is_not_guessed(text):
    with pytest.raises(Unusable, match="is no time"):
        cells(text).moment("x")


@pytest.mark.parametrize("text", ["2026-03-29 02:30:00", "2026-10-25 02:30:00", "0001-01-01 00:00:00"])
def test_a_time_that_clocks_showed_twice_or_never_is_refused(text):
    with pytest.raises(Unusable):
        cells(text).moment("x")


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("45.00", "45.00", ""),
        ("45,50 €", "45.50", "EUR"),
        ("1.250,00", "1250.00", ""),
        ("1,250.00", "1250.00", ""),
        (45, "45.00", ""),
        (45.5, "45.50", ""),
        ("CHF 1.250,00", "1250.00", "CHF"),
        ("1.250.000", "1250000.00", ""),
        ("12,345,678", "12345678.00", ""),
        ("0", "0.00", ""),
    ],
)
def test_prices_as_text(text, amount, currency):
    assert cells(text).money("x") == (Decimal(amount), currency)


@pytest.mark.parametrize("text", ["-5", "12.345,678", "4,5,6", "45.000.00", "0.500.000", "100000000", "1e5", "??"])
def test_what_is_no_price_is_refused(text):
    with pytest.raises(Unusable, match="is no price"):
        cells(text).money("x")


@pytest.mark.parametrize(
    ("text", "either"),
    [
        ("12,345", "12345.00 or 12.35"),
        ("12.345", "12345.00 or 12.35"),
        ("1.250 €", "1250.00 or 1.25"),
        ("45.000", "45000.00 or 45.00"),
        ("0,500", "500.00 or 0.50"),
        (12.345, "12345.00 or 12.35"),
    ],
)
def test_a_price_that_can_be_read_in_two_ways_is_refused_and_both_are_named(text, either):
    with pytest.raises(Unusable) as refused:
        cells(text).money("x")
    assert str(refused.value) == f"x: “{text}” can be read in two ways; write {either}, whichever is meant"


@pytest.mark.parametrize(
    "address",
    ["calcom_65f1@noemail.example.com", "customer_17@placeholder.example.com", "4930123@sms.cal.com", "", None, "NULL"],
)
def test_addresses_that_were_made_up_are_none(address):
    found = cells(address)
    assert found.email("x") == ""
    assert found.remarks == []


@pytest.mark.parametrize("number", ["anonymous_1712_ab", "Anonymous", "unbekannt", "restricted", "", None])
def test_numbers_that_were_made_up_are_none(number):
    found = cells(number)
    assert found.phone("x") == ""
    assert found.remarks == []


def test_what_is_no_address_is_left_out_and_said():
    found = cells("keine")
    assert (found.email("x"), found.phone("x")) == ("", "")
    assert found.remarks == ["x is no e-mail address, and left out", "x is no phone number, and left out"]


def test_contacts_as_they_are_kept():
    assert cells(" Ada@Example.COM ").email("x") == "ada@example.com"
    assert cells("030 123456").phone("x") == "+4930123456"


def test_a_list_is_no_address_and_no_number():
    found = cells(["ada@example.com", "030 123456"])
    assert (found.email("x"), found.phone("x")) == ("", "")
    assert found.remarks == ["x holds JSON, not a text"] * 2


@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_json_encoded_up_to_three_times(times):
    value: Any = {"uid": "abc", "text": "Übung"}
    for _ in range(times):
        value = json.dumps(value)
    assert cells(value).json("x") == {"uid": "abc", "text": "Übung"}


@pytest.mark.parametrize("text", ['{"uid": "ab', "plain words", "[" * 100_000, json.dumps(json.dumps('{"a"'))])
def test_broken_json_is_none_and_said(text):
    found = cells(text)
    assert found.json("x") is None
    assert found.remarks == ["x is broken JSON; it is kept as it came"]


@pytest.mark.parametrize(
    ("value", "key"), [(17, "17"), ("17", "17"), ("17.0", "17"), (" 0190-AB ", "0190-ab"), (None, "")]
)
def test_keys_are_numbers_or_uuids(value, key):
    assert cells(value).key("x") == key


@pytest.mark.parametrize("value", ["12.5", "-1", "many", True, 10**30])
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(Unusable, match="no whole number"):
        cells(value).whole("x", highest=1000)


def test_what_is_too_long_is_refused_or_cut():
    with pytest.raises(Unusable, match="300 characters; 255 fit"):
        cells("a" * 300).text("x", longest=255)
    found = cells("a" * 300)
    assert found.cut("x", longest=255) == "a" * 255
    assert len(found.remarks) == 1


def test_an_older_name_of_the_column_counts_where_the_newer_is_empty():
    found = Cells({"starts_at": "", "start_time": "2026-12-08 10:00"}, zone=BERLIN)
    assert found.moment("starts_at", "start_time") == datetime(2026, 12, 8, 9, tzinfo=UTC)
