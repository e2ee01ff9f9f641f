"""Our reference in a booking's metadata: how a booking that we made is known again.

    slotkeeper_ref = 1.<UUID of the appointment's reference>.<HMAC over company, operation and UUID>

Metadata comes back on every occurrence and can be written by any customer. The HMAC says that this company asked for
it, nothing more: a customer who read the reference can send it again. Whoever uses it compares event type, start and an
open push as well. The key is derived from FIELD_ENCRYPTION_KEYS, which has a way to be rotated: the newest signs, all
in the list verify. A reference is needed for minutes, until the outcome of a booking is clear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.signing import Signer
from django.utils.crypto import constant_time_compare

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "slotkeeper_ref"

_VERSION = "1"
_CREATE = "create"  # the one operation that takes metadata; a signature for another one would be none for this
_SALT = "calcom.reference"


def signed(company_id: int, reference: UUID) -> dict[str, str]:
    """The metadata to send with a new booking."""
    signature = _signer().signature(_message(company_id, reference))
    return {KEY: f"{_VERSION}.{reference.hex}.{signature}"}


def verified(company_id: int, metadata: Mapping[str, Any] | None) -> UUID | None:
    """The reference in a booking's metadata, if this company signed it; else None."""
    reference, signature = _parsed(metadata)
    if reference is None:
        return None
    signer, message = _signer(), _message(company_id, reference)
    keys = [signer.key, *signer.fallback_keys]
    is_ours = any(constant_time_compare(signature, signer.signature(message, key)) for key in keys)
    return reference if is_ours else None


def named(metadata: Mapping[str, Any] | None) -> UUID | None:
    """The reference in a booking's metadata, unchecked: for who looks for one that nobody else can know."""
    return _parsed(metadata)[0]


def _signer() -> Signer:
    keys = [key.strip() for key in settings.FIELD_ENCRYPTION_KEYS if key.strip()]
    return Signer(key=keys[0], fallback_keys=keys[1:], salt=_SALT)


def _message(company_id: int, reference: UUID) -> str:
    return f"{company_id}:{_CREATE}:{reference.hex}"


def _parsed(metadata: Mapping[str, Any] | None) -> tuple[UUID | None, str]:
    text = (metadata or {}).get(KEY)
    parts = text.split(".") if isinstance(text, str) else []
    if len(parts) != 3 or parts[0] != _VERSION or len(parts[1]) != 32:
        return None, ""
    try:
        return UUID(hex=parts[1]), parts[2]
    except ValueError:
        return None, ""
