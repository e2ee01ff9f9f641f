"""How long a company keeps personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from companies.models import PrivacySettings
from companies.tenant_admin import TenantAdmin

if TYPE_CHECKING:
    from typing import Any

    from django.db.models import QuerySet
    from django.http import HttpRequest

    Form = forms.ModelForm[PrivacySettings]
else:
    Form = forms.ModelForm


class RetentionForm(Form):
    """After how many days what is blanked."""

    class Meta:
        model = PrivacySettings
        fields = ["bodies_days"]  # the page names the rest

    def validate_unique(self) -> None:
        """The company is not always on the form: say it above."""
        try:
            self.instance.validate_unique()
        except ValidationError as error:
            self.add_error(None, error.messages)


@admin.register(PrivacySettings)
class PrivacySettingsAdmin(TenantAdmin, ModelAdmin):
    """One row for each company that wants something else than the defaults. Owners decide it."""

    form = RetentionForm
    actions = None
    empty_sentence = _("The defaults count: bodies of deliveries are kept for 30 days, everything else stays.")
    list_display = ["__str__", "bodies_days", "payloads_days", "appointments_days", "history_days"]
    fields = ["bodies_days", "payloads_days", "appointments_days", "history_days"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: by its key erased people are known again."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the key: one that cannot be read must not break the page."""
        rows: QuerySet[Any] = super().get_queryset(request).defer("fingerprint_key")
        return rows
