"""A text field that is encrypted at rest.

Values are Fernet tokens under the first of settings.FIELD_ENCRYPTION_KEYS; every key in the list decrypts. A wrong
or missing key raises EncryptionKeyError: the field never returns ciphertext, an empty value or nothing in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


class EncryptionKeyError(ImproperlyConfigured):
    """FIELD_ENCRYPTION_KEYS is empty, malformed, or holds no key that opens a stored value."""


def keyring() -> MultiFernet:
    """All configured keys, newest first. Raises EncryptionKeyError when there is none or one is malformed."""
    keys = [key.strip() for key in settings.FIELD_ENCRYPTION_KEYS if key.strip()]
    if not keys:
        raise EncryptionKeyError("FIELD_ENCRYPTION_KEYS is empty: set at least one Fernet key")
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise EncryptionKeyError("FIELD_ENCRYPTION_KEYS holds something that is not a Fernet key") from error


def encrypt(text: str) -> str:
    """A token of `text` under the newest key; the empty string stays empty."""
    return keyring().encrypt(text.encode()).decode() if text else ""


def decrypt(token: str) -> str:
    """The text of a token under any configured key. Raises EncryptionKeyError when no key opens it."""
    if not token:
        return ""
    try:
        return keyring().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise EncryptionKeyError("no key in FIELD_ENCRYPTION_KEYS opens a stored value") from error


def rotated(token: str) -> str:
    """The same text under the newest key; the token itself where that is so. Raises EncryptionKeyError."""
    keys = keyring()
    newest = Fernet(next(key for key in settings.FIELD_ENCRYPTION_KEYS if key.strip()).strip())
    try:
        newest.decrypt(token.encode())
    except InvalidToken:
        pass
    else:
        return token
    try:
        return keys.rotate(token.encode()).decode()
    except InvalidToken as error:
        raise EncryptionKeyError("no key in FIELD_ENCRYPTION_KEYS opens a stored value") from error


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # django-stubs: generic only for checkers
    """Text, encrypted in the database, plain in Python. It cannot be searched or ordered by."""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way into the database."""
        prepared = super().get_prep_value(value)
        return prepared if prepared is None else encrypt(prepared)

    def from_db_value(self, value: str | None, _expression: Any, _connection: BaseDatabaseWrapper) -> str | None:
        """Decrypt on the way out."""
        return value if value is None else decrypt(value)

    def get_lookup(self, lookup_name: str) -> Any:
        """Only `isnull` and comparison with the empty string make sense on random ciphertext."""
        return super().get_lookup(lookup_name) if lookup_name in {"isnull", "exact"} else None

    def get_transform(self, lookup_name: str) -> Any:
        """None: a function of ciphertext means nothing."""
