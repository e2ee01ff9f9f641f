"""Our reference in metadata: ours, for this company, or nothing."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet

from calcom import reference

OURS = UUID("5f0bb1f2-52f3-4d4c-9a52-0d9b1a5b5b6e")


def test_what_was_signed_is_verified():
    assert reference.verified(7, reference.signed(7, OURS)) == OURS


def test_another_company_cannot_use_it():
    assert reference.verified(8, reference.signed(7, OURS)) is None


def test_it_fits_into_metadata_and_says_nothing_of_the_key(settings):
    (value,) = reference.signed(7, OURS).values()
    assert len(value) < 500
    assert settings.FIELD_ENCRYPTION_KEYS[0][:8] not in value


@pytest.mark.parametrize(
    "spoilt", ["", "forged", f"1.{OURS.hex}.", f"1.{OURS.hex}.AAAA", f"2.{OURS.hex}.x", "1.z.x", 17, None]
)
def test_what_is_no_reference_is_none(spoilt):
    assert reference.verified(7, {reference.KEY: spoilt}) is None


def test_one_changed_letter_is_enough():
    (value,) = reference.signed(7, OURS).values()
    other = value.replace(OURS.hex, uuid4().hex)
    assert reference.verified(7, {reference.KEY: other}) is None


@pytest.mark.parametrize("metadata", [None, {}, {"slotkeeper": "x"}])
def test_no_metadata_is_no_reference(metadata):
    assert reference.verified(7, metadata) is None


def test_it_survives_a_rotation_of_keys(settings):
    former = settings.FIELD_ENCRYPTION_KEYS
    signed = reference.signed(7, OURS)
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *former]
    assert reference.verified(7, signed) == OURS
    assert reference.signed(7, OURS) != signed
    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]
    assert reference.verified(7, signed) is None
    assert reference.named(signed) == OURS
