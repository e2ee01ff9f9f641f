"""A company's access to Cal.com: where its API is, and the key, which is never shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from calcom import conf
from calcom.errors import CalcomAuthFailed, CalcomMisconfigured, Where
from calcom.guard import Account
from companies.validators import api_base_url

if TYPE_CHECKING:
    from companies.models import Company


@dataclass(frozen=True)
class Access:
    """Where to send, and as whom. `repr` leaves the key out."""

    company: Company = field(repr=False)
    root: str
    key: str = field(repr=False)
    account: Account

    @property
    def origin(self) -> str:
        """Scheme, host and port: what one pool of connections serves."""
        parts = urlsplit(self.root)
        return f"{parts.scheme}://{parts.netloc}"


def access_of(company: Company) -> Access:
    """How to reach the company's account. Raises CalcomMisconfigured and CalcomAuthFailed; nothing is sent."""
    where = Where(company_id=company.pk, company=company.name, endpoint="settings")
    try:
        root = api_base_url(company.calcom_base_url or conf.default_base_url())
    except ValidationError as error:
        text = f"the Cal.com API base URL cannot be used. {' '.join(error.messages)}"
        raise CalcomMisconfigured(text, where=where) from error
    key = company.calcom_api_key.strip()
    if not key or not key.isascii() or any(sign.isspace() for sign in key):
        raise CalcomAuthFailed("no usable API key. Enter the key of a Cal.com user at the company.", where=where)
    account = Account(
        company_id=company.pk,
        host=urlsplit(root).netloc,
        key_fingerprint=sha256(key.encode()).hexdigest()[:16],
        requests_per_minute=company.requests_per_minute,
    )
    return Access(company=company, root=root, key=key, account=account)
