"""What customers can book."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from companies.models import Staff
from companies.tenancy import TenantModel


class Service(TenantModel):
    """A service with its duration, buffers, notice and price. Lengths are minutes."""

    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True, default="")
    duration_min = models.PositiveIntegerField(
        _("duration (minutes)"), validators=[MinValueValidator(1), MaxValueValidator(1440)]
    )
    buffer_before_min = models.PositiveIntegerField(
        _("buffer before (minutes)"), default=0, validators=[MaxValueValidator(480)]
    )
    buffer_after_min = models.PositiveIntegerField(
        _("buffer after (minutes)"), default=0, validators=[MaxValueValidator(480)]
    )
    notice_min = models.PositiveIntegerField(_("minimum notice (minutes)"), default=0)
    price = models.DecimalField(
        _("price"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    currency = models.CharField(_("currency"), max_length=3, default="EUR", validators=[RegexValidator(r"^[A-Z]{3}$")])
    requires_confirmation = models.BooleanField(_("needs confirmation"), default=False)
    staff = models.ManyToManyField(Staff, blank=True, related_name="services", verbose_name=_("performed by"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="service_name_once_per_company"),
            models.CheckConstraint(condition=models.Q(duration_min__gt=0), name="service_duration_positive"),
        ]

    def __str__(self) -> str:
        return self.name
