"""Which names are the same."""

from __future__ import annotations

import pytest

from calcom.sync import names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jürgen Groß", "JUERGEN GROSS"),
        ("Dr. med. Mira Keller", "Keller, Mira"),
        ("Jörg Müller", "Jo\u0308rg Mu\u0308ller"),  # composed and decomposed
        ("André Østergård", "Andre Oestergaard"),
        ("Anna-Lena  Berg", "anna lena berg"),
    ],
)
def test_the_same_person(one, other):
    assert names.person(one) == names.person(other)


@pytest.mark.parametrize(("one", "other"), [("Anna Schmidt", "Anna Schmitt"), ("Anna", "Anna Berg"), ("", "Anna")])
def test_not_the_same_person(one, other):
    assert names.person(one) != names.person(other)


def test_a_name_of_titles_only_is_still_a_name():
    assert names.person("Dr. Herr") == "dr herr"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Beratung (30 Min.)", "beratung"),
        ("Schnitt & Föhnen – 45 Minuten", "Schnitt, Foehnen"),
        ("30 min", "30 MIN"),
    ],
)
def test_the_same_service(one, other):
    assert names.service(one) == names.service(other)
