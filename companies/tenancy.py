"""Tenancy: every row belongs to a company, and every query names it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from companies.tenants import Company, User

M = TypeVar("M", bound=models.Model)

COMPANY_SECRETS = ("calcom_api_key", "webhook_secret", "former_webhook_secrets")
"""What is encrypted in a company. Decrypting it for every row of a list would be slow, and fail with a lost key."""


class TenantQuerySet(models.QuerySet[M]):
    """A queryset that can be narrowed to one tenant, or to what a user may see."""

    def for_company(self, company: Company) -> Self:
        """Rows of this company only."""
        return self.filter(company=company)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Rows of the user's companies; all rows for an operator, none for a stranger."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(company__memberships__user=user, company__is_active=True)


class TenantModel(models.Model):
    """Base of every row that belongs to one company."""

    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, verbose_name=_("company"))

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


def companies_of(user: User | AnonymousUser) -> models.QuerySet[Company]:
    """The companies whose data this user may see: all for an operator, none for a stranger."""
    companies: models.QuerySet[Company] = apps.get_model("companies", "Company").objects.all()
    if not user.is_authenticated or not user.is_active:
        return companies.none()
    if user.is_superuser:
        return companies
    return companies.filter(memberships__user=user, is_active=True)
