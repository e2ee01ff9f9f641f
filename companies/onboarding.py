"""How a company comes to be: with its first owner, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils.text import slugify

from companies.memberships import invite
from companies.models import Company, Membership

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def found_company(
    *,
    name: str,
    owner_email: str,
    owner_name: str = "",
    slug: str = "",
    time_zone: ZoneInfo | str = "Europe/Berlin",
    business_type: str = Company.BusinessType.OTHER,
    password: str | None = None,
) -> Membership:
    """A new company and its owner. Raises ValidationError for bad values, a taken slug or a weak password.

    A password is set only for an account that has none: nobody's password is replaced from here.
    """
    company = Company(
        name=name,
        slug=slug or slugify(name)[:80],
        time_zone=time_zone,
        business_type=business_type,
    )
    company.full_clean()
    with transaction.atomic():
        company.save()
        membership = invite(company, email=owner_email, name=owner_name, role=Membership.Role.OWNER)
        if password is not None and not membership.user.has_usable_password():
            validate_password(password, membership.user)
            membership.user.set_password(password)
            membership.user.save(update_fields=["password"])
    return membership
