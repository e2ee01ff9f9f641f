"""The company's own page: its data, its Cal.com account, and secrets that can be entered but never read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from companies import credentials
from companies.memberships import invite
from companies.models import Company, Membership
from companies.roles import SECRETS
from companies.tasks import mail_invitation, mail_soon
from companies.tenancy import COMPANY_SECRETS
from companies.tenant_admin import RoleAdmin
from companies.validators import api_base_url, is_inside

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

    Form = forms.ModelForm[Company]
else:
    Form = forms.ModelForm


def _spelt(address: str) -> str:
    """The address in its one spelling; one that cannot be used as it is."""
    try:
        return api_base_url(address)
    except ValidationError:
        return address


def _server(address: str) -> tuple[str, str]:
    """Scheme, host and port; of nothing those of the server that companies have by default."""
    try:
        parts = urlsplit(_spelt(address or settings.CALCOM_BASE_URL))
    except ValueError:
        return address, ""
    return parts.scheme, parts.netloc


def _new_secret(label: Any, help_text: Any) -> forms.CharField:
    widget = UnfoldAdminPasswordWidget({"autocomplete": "new-password"})
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=500, widget=widget)


class CompanyForm(Form):
    """The company's fields, and empty ones for new secrets."""

    new_api_key = _new_secret(_("New API key"), _("Leave empty to keep the present one."))
    new_webhook_secret = _new_secret(
        _("New webhook secret"),
        _("Leave empty to keep the present one. The old one is accepted until you forget the former secrets."),
    )

    may_name_inside = False

    class Meta:
        model = Company
        fields = ["name"]  # the page names the rest
        help_texts = {
            "is_active": _(
                "Switched off, a company is closed to its people. Deliveries to its webhook address are refused and "
                "lost: Cal.com does not send them again. Take the webhook away at Cal.com first."
            )
        }

    def clean_calcom_base_url(self) -> str:
        """In its one spelling. What is inside is the operators': a company must not make us call it."""
        address = api_base_url(self.cleaned_data["calcom_base_url"])
        is_kept = address == _spelt(self.instance.calcom_base_url)
        if address and is_inside(urlsplit(address).hostname or "") and not is_kept and not self.may_name_inside:
            raise ValidationError(_("Only an operator may name this machine itself or its own network."))
        return address

    def clean(self) -> dict[str, Any]:
        """A key is for one server: whoever enters another address enters the key for it."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        company, after = self.instance, cleaned.get("calcom_base_url")
        is_moved = after is not None and _server(after) != _server(company.calcom_base_url)
        if is_moved and company.calcom_api_key and not cleaned.get("new_api_key"):
            self.add_error(
                "calcom_base_url",
                _("The API key is not sent to another server. Enter the key for this one as “New API key”, too."),
            )
        return cleaned

    def clean_calcom_api_versions(self) -> dict[str, str]:
        """Whatever form nothing has: validators are not asked about [], "" and null."""
        return self.cleaned_data["calcom_api_versions"] or {}

    def clean_new_webhook_secret(self) -> str:
        """One line: former secrets are kept one a line."""
        secret: str = self.cleaned_data["new_webhook_secret"]
        if len(secret.splitlines()) > 1:
            raise ValidationError(_("A secret is one line."))
        return secret


class NewCompanyForm(Form):
    """A company and its first owner."""

    owner_email = forms.EmailField(
        label=_("Owner's e-mail address"),
        help_text=_("Gets an invitation, and can then invite everybody else."),
        widget=UnfoldAdminEmailInputWidget,
    )
    owner_name = forms.CharField(
        label=_("Owner's name"), required=False, max_length=200, widget=UnfoldAdminTextInputWidget
    )

    class Meta:
        model = Company
        fields = ["name"]  # the page names the rest


@admin.register(Company)
class CompanyAdmin(RoleAdmin, ModelAdmin):
    """Operators make companies; owners keep them; everybody else sees them without the secrets."""

    company_lookup = "pk"
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    form = CompanyForm
    actions = None
    empty_sentence = _("No companies yet. Add the first one and its owner.")
    list_display = ["name", "business_type", "time_zone", "shown_connection", "is_active"]
    list_filter = ["business_type", "is_active"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    actions_detail = ["renew_address", "forget_former"]
    readonly_fields = ["shown_address", "shown_api_key", "shown_secret", "shown_former"]
    general = ["name", "slug", "business_type", "time_zone"]
    add_fieldsets = [(None, {"fields": [*general, "owner_email", "owner_name"]})]
    account = [
        "calcom_base_url",
        "calcom_api_versions",
        ("calcom_team_id", "calcom_team_slug"),
        "calcom_organization_id",
        "requests_per_minute",
    ]
    secrets = [
        "shown_address",
        ("shown_api_key", "new_api_key"),
        ("shown_secret", "new_webhook_secret"),
        "shown_former",
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Company | None = None) -> Any:
        """Secrets for those who may enter them; switching a company off and free settings for operators."""
        if obj is None:
            return self.add_fieldsets
        general = [*self.general, "is_active", "settings"] if request.user.is_superuser else self.general
        fieldsets = [
            (_("General"), {"classes": ["tab"], "fields": general}),
            ("Cal.com", {"classes": ["tab"], "fields": self.account}),
        ]
        if self.has_secrets_permission(request, obj):
            fieldsets.append((_("Webhook and secrets"), {"classes": ["tab"], "fields": self.secrets}))
        return fieldsets

    def get_form(self, request: HttpRequest, obj: Company | None = None, change: bool = False, **kwargs: Any) -> Any:
        """A new company is asked for its owner."""
        if obj is None:
            kwargs["form"] = NewCompanyForm
        form = super().get_form(request, obj, change=change, **kwargs)
        setattr(form, "may_name_inside", request.user.is_superuser)  # noqa: B010 - the class is made for this request
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Company | None = None) -> list[str]:
        """The slug is the operators': addresses and commands use it."""
        return self.readonly_fields if request.user.is_superuser else [*self.readonly_fields, "slug"]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Company | None = None) -> dict[str, Any]:
        """Only while the company is new."""
        return self.prepopulated_fields if obj is None else {}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: its appointments would go with it. It is switched off instead."""
        return False

    def has_secrets_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Owners and operators."""
        return self.is_allowed(request, SECRETS, obj)

    def save_model(self, request: HttpRequest, obj: Company, form: Any, change: bool) -> None:
        """Save, then store the secrets entered, or invite the owner of a new company."""
        super().save_model(request, obj, form, change)
        if api_key := form.cleaned_data.get("new_api_key"):
            credentials.set_api_key(obj, api_key)
        if secret := form.cleaned_data.get("new_webhook_secret"):
            credentials.set_webhook_secret(obj, secret)
        if email := form.cleaned_data.get("owner_email"):
            owner = invite(obj, email=email, name=form.cleaned_data["owner_name"], role=Membership.Role.OWNER)
            mail_soon(mail_invitation, owner.pk)

    def for_list(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Whether there is a key, without decrypting any: one that cannot be read must not break the list."""
        listed: QuerySet[Any] = super().for_list(rows).annotate(has_api_key=~Q(calcom_api_key=""))
        return listed.defer(*COMPANY_SECRETS)

    @display(description="Cal.com", label={True: "success", False: "warning"})
    def shown_connection(self, company: Any) -> tuple[bool, Any]:
        """Whether there is a key to ask Cal.com with."""
        return company.has_api_key, _("connected") if company.has_api_key else _("no API key")

    @display(description=_("Webhook address"))
    def shown_address(self, company: Company) -> SafeString:
        """What to enter at Cal.com. A token without hyphens must not be wider than a telephone."""
        return format_html('<span class="sk-link">{}</span>', credentials.webhook_address(company))

    @display(description=_("API key"))
    def shown_api_key(self, company: Company) -> Any:
        """Set or not; never the key."""
        return _("set") if company.calcom_api_key else _("not set")

    @display(description=_("Webhook secret"))
    def shown_secret(self, company: Company) -> Any:
        """Set or not; never the secret."""
        return _("set") if company.webhook_secret else _("not set: deliveries are refused")

    @display(description=_("Former secrets"))
    def shown_former(self, company: Company) -> str:
        """How many are still accepted."""
        count = len(company.former_webhook_secrets.split())
        return ngettext("%(count)d is still accepted", "%(count)d are still accepted", count) % {"count": count}

    @action(
        description=_("New webhook address"),
        permissions=["secrets"],
        icon="autorenew",
        dialog={
            "title": _("Make a new webhook address?"),
            "description": _("The present one stops working at once. Enter the new one at Cal.com."),
            "form_class": None,
            "form_submit_text": _("Make a new address"),
        },
    )
    def renew_address(self, request: HttpRequest, _form: forms.Form, object_id: str) -> HttpResponse:
        """Replace the token in the webhook's address."""
        company = self.permitted(request, object_id, SECRETS)
        credentials.renew_webhook_token(company)
        messages.success(request, _("The company has a new webhook address. Enter it at Cal.com."))
        return self.back_to(company)

    @action(
        description=_("Forget former secrets"),
        permissions=["secrets"],
        icon="delete_sweep",
        dialog={
            "title": _("Forget the former webhook secrets?"),
            "description": _("Deliveries signed with one of them are refused from now on."),
            "form_class": None,
            "form_submit_text": _("Forget them"),
        },
    )
    def forget_former(self, request: HttpRequest, _form: forms.Form, object_id: str) -> HttpResponse:
        """Accept the present secret only."""
        company = self.permitted(request, object_id, SECRETS)
        credentials.forget_former_secrets(company)
        messages.success(request, _("Only the present webhook secret is accepted now."))
        return self.back_to(company)
