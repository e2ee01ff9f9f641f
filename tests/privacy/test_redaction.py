"""One person taken out of what tells of others as well."""

from __future__ import annotations

import pytest

from companies.privacy.person import Person
from companies.privacy.redaction import ERASED, Redactor

ADA = Redactor(
    Person(
        emails=frozenset({"ada@example.com"}),
        phones=frozenset({"+4930123456", "4711-0815"}),
        names=frozenset({"Ada Kühn", "Al"}),
    )
)


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.com",
        "<ADA@Example.com>",
        "Ada Kühn",
        "ADA KÜHN",
        "+4930123456",
        "+49 30 123456",
        "+49 (0)30 / 12 34 56",
        "0049-30-123456",
        "030 123456",
        "4930123456@sms.cal.com",
        "4711 0815",
        "030\u00a0123\u2013456",
    ],
)
def test_every_spelling_is_found(text):
    assert ADA.names_them(f"call {text}!")
    assert ADA.text(f"call {text}!") in {f"call {ERASED}!", f"call <{ERASED}>!", f"call {ERASED}@sms.cal.com!"}


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.com.au",
        "nevada@example.com",
        "Adam Kühner",
        "+49301234567",
        "booking 30123456",
        "+44 30 123456",
        "Albert",
        "",
    ],
)
def test_what_only_looks_alike_stays(text):
    assert ADA.text(text) == text


@pytest.mark.parametrize(
    "text",
    [r"call\nada@example.com", r"call\u201eAda Kühn", r"\342\200\236ada@example.com", r"Tel.\302\240030 123456"],
)
def test_what_stands_before_may_be_written_as_json_or_bytes_are(text):
    assert ADA.names_them(text)


def test_a_word_that_stands_where_an_address_should_is_not_looked_for():
    assert Redactor(Person(emails=frozenset({"none", "a", "@", "a@"}))).contact_pattern == ""


def test_an_address_that_holds_the_name_goes_as_a_whole():
    isolde = Redactor(Person(emails=frozenset({"isolde@example.com"}), names=frozenset({"Isolde"})))
    assert isolde.text("Isolde <isolde@example.com>") == f"{ERASED} <{ERASED}>"


def test_nothing_in_the_pattern_repeats_without_end():
    assert "*" not in ADA.contact_pattern  # else a row of dashes in a delivery holds an erasure up


def test_an_object_about_her_loses_all_that_tells_who_it_is():
    told = {"email": "Ada@example.com", "name": "A. K.", "timeZone": "Europe/Berlin", "id": 7, "absent": True}
    assert ADA.json([told]) == [
        {"email": ERASED, "name": ERASED, "timeZone": ERASED, "id": 7, "absent": True},
    ]


def test_others_keep_theirs():
    told = {"attendees": [{"email": "clara@example.com", "name": "Clara"}], "title": "Ada Kühn and Clara"}
    assert ADA.json(told) == told | {"title": f"{ERASED} and Clara"}


def test_keys_and_numbers_are_searched_as_well():
    assert ADA.json({"ada@example.com": {"phone": 4930123456, "count": 3}}) == {ERASED: {"phone": ERASED, "count": 3}}


def test_nobody_is_found_by_nothing():
    nobody = Redactor(Person())
    assert nobody.contact_pattern == ""
    assert nobody.json({"name": "Ada Kühn"}) == {"name": "Ada Kühn"}
