"""API keys: made here, shown once, and revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminRadioSelectWidget

from companies import keys
from companies.models import ApiKey, Scope
from companies.tenant_admin import TenantAdmin
from companies.tenant_forms import TenantForm

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

STATE_COLOURS = {"valid": "success", "revoked": "danger", "expired": "warning"}


class NewKeyForm(TenantForm):
    """What a key is for, what it may do, and until when."""

    scope = forms.ChoiceField(
        label=_("Scope"),
        choices=Scope.choices,
        initial=Scope.READ,  # the smallest: nobody hands out more by oversight
        widget=UnfoldAdminRadioSelectWidget,
    )

    class Meta:
        model = ApiKey
        fields = ["name", "expiry_date", "requests_per_minute"]

    def clean_expiry_date(self) -> datetime | None:
        """A key that is expired from the start helps nobody."""
        expires: datetime | None = self.cleaned_data["expiry_date"]
        if expires is not None and expires <= timezone.now():
            raise ValidationError(_("This lies in the past."))
        return expires


@admin.register(ApiKey)
class ApiKeyAdmin(TenantAdmin, ModelAdmin):
    """The keys of the company's programs. Owners make and revoke them."""

    actions = None
    empty_sentence = _("No API keys yet. Programs such as a phone agent or a website need one each.")
    list_display = ["name", "company", "shown_prefix", "shown_scopes", "shown_state", "last_used_at", "expiry_date"]
    list_filter = ["company", "revoked"]
    search_fields = ["name", "prefix"]
    ordering = ["-created", "-id"]
    add_fieldsets = [(None, {"fields": ["name", "scope", "expiry_date", "requests_per_minute"]})]
    fields = [
        "name",
        ("shown_prefix", "shown_scopes"),
        "state_in_words",
        ("expiry_date", "requests_per_minute"),
        "last_used_at",
        ("created", "shown_maker"),
        ("revoked_at", "shown_revoker"),
    ]
    readonly_fields = [
        "shown_prefix",
        "shown_scopes",
        "state_in_words",
        "expiry_date",
        "requests_per_minute",
        "last_used_at",
        "created",
        "shown_maker",
        "revoked_at",
        "shown_revoker",
    ]
    actions_detail = ["revoke"]

    def get_form(self, request: HttpRequest, obj: ApiKey | None = None, change: bool = False, **kwargs: Any) -> Any:
        """A new key is asked for what it may do; afterwards only its name changes."""
        if obj is None:
            kwargs["form"] = NewKeyForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[Any]:
        """For a new key everything is entered."""
        return super().get_readonly_fields(request, obj) if obj else []

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        """One button: whichever is pressed, the page that follows shows the key."""
        only_save = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, only_save | (extra_context or {}))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: the row says who used what. A key is revoked instead."""
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Change the name, or make a key and keep it for this one answer."""
        if change:
            super().save_model(request, obj, form, change)
            return
        if not self.is_allowed(request, "add", obj):
            raise PermissionDenied
        entered = form.cleaned_data
        row, key = keys.issue(
            obj.company,
            name=entered["name"],
            scopes=[Scope(entered["scope"])],
            by=request.user,  # type: ignore[arg-type]  # whoever may add is a user
            expiry_date=entered["expiry_date"],
            requests_per_minute=entered["requests_per_minute"],
        )
        obj.pk, obj.prefix = row.pk, row.prefix
        setattr(request, "new_api_key", key)  # noqa: B010 - neither a message nor the session may hold it

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """The one page that shows the key."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("New API key"),
            "key": getattr(request, "new_api_key", ""),
            "row": obj,
            "opts": self.opts,
        }
        return TemplateResponse(request, "companies/new_key.html", context)

    @display(description=_("Key"), ordering="prefix")
    def shown_prefix(self, row: ApiKey) -> str:
        """How it begins."""
        return f"{row.prefix}…"

    @display(description=_("Scope"))
    def shown_scopes(self, row: ApiKey) -> str:
        """The scopes in short."""
        return ", ".join(row.scopes)

    @display(description=_("State"), label=STATE_COLOURS)
    def shown_state(self, row: ApiKey) -> tuple[str, Any]:
        """Whether it is answered."""
        if row.revoked:
            return "revoked", _("revoked")
        return ("expired", _("expired")) if row.has_expired else ("valid", _("valid"))

    @display(description=_("State"))
    def state_in_words(self, row: ApiKey) -> Any:
        """The same on the key's page, which knows no labels."""
        return self.shown_state(row)[1]

    @display(description=_("created by"))
    def shown_maker(self, row: ApiKey) -> str | None:
        """Who, without a link: the account's own page is the operators'."""
        return str(row.created_by) if row.created_by else None

    @display(description=_("revoked by"))
    def shown_revoker(self, row: ApiKey) -> str | None:
        """Who."""
        return str(row.revoked_by) if row.revoked_by else None

    @action(
        description=_("Revoke"),
        permissions=["change"],
        icon="block",
        dialog={
            "title": _("Revoke this key?"),
            "description": _("Whoever uses it is refused at once. This cannot be undone."),
            "form_class": None,
            "form_submit_text": _("Revoke"),
        },
    )
    def revoke(self, request: HttpRequest, _form: forms.Form, object_id: str) -> HttpResponse:
        """Refuse the key from now on."""
        row = self.permitted(request, object_id, "change")
        keys.revoke(row, by=request.user)  # type: ignore[arg-type]  # whoever may change is a user
        messages.success(request, _("The key is revoked."))
        return self.back_to(row)
