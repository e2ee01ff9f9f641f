"""People who were erased, and how they are known again without their address being kept.

An address is kept as an HMAC-SHA256 under a random key of the company's, which is encrypted in the database: whoever
reads a copy of it learns nothing, and the way to rotate FIELD_ENCRYPTION_KEYS loses nobody.

News about what was before the erasure is taken over without them (appointments.inbound.forgotten). Whoever books
anew afterwards is a new customer.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from appointments.bulk import Values, read_together
from appointments.customers import normal_email, normal_phone
from appointments.models import Tombstone
from companies.models import PrivacySettings

if TYPE_CHECKING:
    from companies.models import Company

_ANY = """
    SELECT EXISTS (SELECT 1 FROM appointments_tombstone WHERE company_id = %s)
        OR EXISTS (SELECT 1 FROM appointments_erasedappointment WHERE company_id = %s)
"""


_STATE = """
    SELECT (SELECT (count(*), max(erased_at)) FROM appointments_tombstone WHERE company_id = %s)::text
        || (SELECT (count(*), max(erased_at)) FROM appointments_erasedappointment WHERE company_id = %s)::text
"""


def state(company: Company) -> str:
    """Something that is another after each erasure. Under the turn of the company's news it stays what it is."""
    (((told,),),) = read_together(Values(_STATE, (company.pk, company.pk)))
    return str(told)


def whether_any(company: Company) -> Values:
    """The query whether the company has ever erased anybody: two index look-ups."""
    return Values(_ANY, (company.pk, company.pk))


def are_any(company: Company) -> bool:
    """Its answer."""
    (((is_so,),),) = read_together(whether_any(company))
    return bool(is_so)


@dataclass(frozen=True)
class Erased:
    """Which of the contacts asked about belong to erased people, and since when."""

    since: Mapping[str, datetime] = field(default_factory=dict)

    def knows(self, *, email: str, phone: str) -> datetime | None:
        """When the person was erased; by the number only where there is no address. None: they were not."""
        return self.since.get(normal_email(email)) if email.strip() else self.since.get(_number(phone))


def erased_among(company: Company, contacts: Iterable[str]) -> Erased:
    """Look these e-mail addresses and phone numbers up, in two queries."""
    wanted = {_spelt(contact) for contact in contacts if contact.strip()}
    key = PrivacySettings.objects.for_company(company).values_list("fingerprint_key", flat=True).first()
    if not wanted or not key:
        return Erased()
    hashes = {_fingerprint(key, contact): contact for contact in wanted}
    rows = Tombstone.objects.for_company(company).filter(fingerprint__in=hashes)
    return Erased({hashes[mark]: since for mark, since in rows.values_list("fingerprint", "erased_at")})


def bury(company: Company, contacts: Iterable[str], *, at: datetime) -> int:
    """Remember these contacts as erased; returns how many were not yet. Known ones are erased as of now again."""
    wanted = sorted({_spelt(contact) for contact in contacts if contact.strip()})
    if not wanted:
        return 0
    settings, _is_new = PrivacySettings.objects.get_or_create(company=company)
    marks = [_fingerprint(settings.fingerprint_key, contact) for contact in wanted]
    known = Tombstone.objects.for_company(company).filter(fingerprint__in=marks).count()
    Tombstone.objects.bulk_create(
        [Tombstone(company=company, fingerprint=mark, erased_at=at) for mark in marks],
        update_conflicts=True,
        unique_fields=["company", "fingerprint"],
        update_fields=["erased_at"],
    )
    return len(marks) - known


def _fingerprint(key: str, contact: str) -> str:
    return hmac.new(key.encode(), contact.encode(), hashlib.sha256).hexdigest()


def _spelt(contact: str) -> str:
    return normal_email(contact) if "@" in contact else _number(contact)


def _number(phone: str) -> str:
    return normal_phone(phone) or phone.strip()
