"""The accounts at Cal.com of many companies, without decrypting every key at every look."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import TextField
from django.db.models.functions import Cast

from calcom.account import access_of
from calcom.errors import CalcomError
from companies.fields import EncryptionKeyError
from companies.models import Company
from companies.tenancy import COMPANY_SECRETS

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from calcom.guard import Account

_MOST_KNOWN = 10_000


@dataclass(frozen=True)
class Accounts:
    """By company those that can be used, and the ids of companies whose key or address cannot."""

    by_company: dict[int, Account] = field(default_factory=dict)
    unusable: list[int] = field(default_factory=list)

    @property
    def distinct(self) -> list[Account]:
        """Each once: companies that share a key share all that is counted by it."""
        return list({(one.host, one.key_fingerprint): one for one in self.by_company.values()}.values())


# A company, its key as it is stored, its address and its budget.
_Row = tuple[int, str, str, int]

# Of this process. A key is decrypted again when something of its company's has changed.
_known: dict[_Row, Account | None] = {}


def accounts_of(companies: QuerySet[Company]) -> Accounts:
    """The accounts of those that are active and have a key: one query, and one for each key that is new here."""
    entered = companies.filter(is_active=True).exclude(calcom_api_key__exact="").order_by("pk")
    rows = entered.annotate(token=Cast("calcom_api_key", TextField()))
    found = Accounts()
    for row in rows.values_list("pk", "token", "calcom_base_url", "requests_per_minute"):
        account = _account(row)
        if account is None:
            found.unusable.append(row[0])
        else:
            found.by_company[row[0]] = account
    return found


def _account(row: _Row) -> Account | None:
    if row not in _known:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[row] = _read(row[0])
    return _known.get(row)


def _read(company_id: int) -> Account | None:
    """The account, or None where no key opens what is stored, or it leads nowhere."""
    try:
        company = Company.objects.defer(*COMPANY_SECRETS).get(pk=company_id)
        return access_of(company).account
    except (CalcomError, EncryptionKeyError, Company.DoesNotExist):
        return None
