"""Who works for a company: inviting people, and keeping at least one owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from companies.models import Company, Membership, User

if TYPE_CHECKING:
    from django.db.models import QuerySet

logger = structlog.get_logger(__name__)


class LastOwner(PermissionDenied):
    """The company would be left without an owner who can log in."""


def invite(company: Company, *, email: str, name: str, role: str) -> Membership:
    """Give a person a role, with an account if they have none. A member keeps the role they have. Sends nothing."""
    with transaction.atomic():
        user = _account_for(email=email, name=name)
        membership, made = Membership.objects.get_or_create(company=company, user=user, defaults={"role": role})
    if made:
        logger.info("membership.made", company_id=company.pk, user_id=user.pk, role=role)
    return membership


def keep_an_owner(membership: Membership) -> None:
    """Raise LastOwner if this is the company's last owner. Inside a transaction: holds the company until it ends."""
    if membership.role != Membership.Role.OWNER:
        return
    Company.objects.select_for_update().get(pk=membership.company_id)
    if is_last_owner(membership):
        raise LastOwner(f"membership {membership.pk} is the last owner of company {membership.company_id}")


def is_last_owner(membership: Membership) -> bool:
    """Whether nobody else owns the company."""
    others = _owners().filter(company=membership.company_id).exclude(pk=membership.pk)
    return membership.role == Membership.Role.OWNER and not others.exists()


def solely_owned(user: User) -> list[Company]:
    """The companies that this user alone owns."""
    owned = Membership.objects.filter(user=user, role=Membership.Role.OWNER).select_related("company")
    return [membership.company for membership in owned if is_last_owner(membership)]


def remove(membership: Membership) -> None:
    """Take the role away. The account stays. Raises LastOwner."""
    with transaction.atomic():
        keep_an_owner(membership)
        logger.info("membership.removed", company_id=membership.company_id, user_id=membership.user_id)
        membership.delete()


def _owners() -> QuerySet[Membership]:
    return Membership.objects.filter(role=Membership.Role.OWNER, user__is_active=True)


def _account_for(*, email: str, name: str) -> User:
    try:
        return User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        pass
    try:
        with transaction.atomic():
            return User.objects.create_user(email, name=name)
    except IntegrityError:  # invited twice at the same moment
        return User.objects.get_by_natural_key(email)
