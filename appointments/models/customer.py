"""Customers of a company."""

from __future__ import annotations

from uuid import uuid4

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from companies.tenancy import TenantModel


class WithoutAccents(models.Func):
    """A name to sort by: the database has no German collation and would put "Ö" behind "Z"."""

    function = "translate"
    template = (
        "%(function)s(%(expressions)s, 'ÄÖÜäöüßÉÈÊéèêÁÀÂáàâÇçÑñÓÒÔóòôÚÙÛúùû', 'AOUaousEEEeeeAAAaaaCcNnOOOoooUUUuuu')"
    )
    output_field = models.CharField()


class Customer(TenantModel):
    """Somebody who books. E-mail and phone may both be missing; no placeholder ever stands in for them.

    `email` is lower case and, where it is not empty, unique in the company. Phones are shared by families: not unique.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=255)
    sort_name = models.GeneratedField(
        expression=Lower(WithoutAccents("name")), output_field=models.CharField(max_length=255), db_persist=True
    )
    email = models.CharField(_("e-mail address"), max_length=254, blank=True, default="")
    phone = PhoneNumberField(_("phone"), blank=True, default="")
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    notes = models.TextField(_("notes"), blank=True, default="")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["sort_name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "email"],
                condition=~models.Q(email=""),
                name="customer_email_once_per_company",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "sort_name", "id"], name="customer_company_sort_name"),
            models.Index(fields=["company", "phone"], name="customer_company_phone"),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="customer_name_trigrams"),
            GinIndex(OpClass(Upper("email"), name="gin_trgm_ops"), name="customer_email_trigrams"),
            GinIndex(OpClass(Upper("phone"), name="gin_trgm_ops"), name="customer_phone_trigrams"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or str(self.phone)
