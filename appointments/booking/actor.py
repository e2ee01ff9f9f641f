"""Who wants a change."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from appointments.errors import BookingError
from appointments.models.history import Side
from companies.models import Company, User
from companies.tenancy import companies_of


class NotYours(BookingError):
    """The person has nothing to do with this company."""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who wants a change, and from which side. `name` where it is nobody with a login: a caller, a script."""

    side: Side
    user: User | None = None
    name: str = ""

    @property
    def known_as(self) -> str:
        """What the history calls them."""
        return self.name or (str(self.user) if self.user else "")

    def check(self, company: Company) -> None:
        """Raise NotYours where a user has no access to the company. Whoever has no login was let in elsewhere."""
        if self.user is not None and not companies_of(self.user).filter(pk=company.pk).exists():
            raise NotYours(_("This appointment belongs to another company."))
