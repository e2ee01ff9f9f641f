"""Alert settings in the portal: whom a company wants told, how and when; and a test that goes the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminPasswordWidget, UnfoldAdminTextareaWidget

from appointments.admin.inputs import ClockInput
from appointments.admin.lists import PortalAdmin
from companies.alerts import OF_COMPANIES
from companies.models import AlertSettings, Company
from companies.validators import hook_address, is_inside
from config.watch import incidents
from config.watch.rounds import is_watched

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    Form = forms.ModelForm[AlertSettings]
else:
    Form = forms.ModelForm


class AlertForm(Form):
    """What a company wants. The secret can be entered and never read; kinds are ticked where they are told."""

    told = forms.MultipleChoiceField(
        label=_("Tell us of"),
        choices=[(kind.value, capfirst(kind.label)) for kind in OF_COMPANIES],
        initial=[kind.value for kind in OF_COMPANIES],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    new_secret = forms.CharField(
        label=_("New webhook secret"),
        help_text=_("Signs each message: X-Slotkeeper-Signature-256. Leave empty to keep the present one."),
        required=False,
        min_length=8,
        max_length=200,
        widget=UnfoldAdminPasswordWidget({"autocomplete": "new-password"}),
    )

    may_name_inside = False

    class Meta:
        model = AlertSettings
        fields = ["addresses"]  # the page names the rest
        widgets = {
            "addresses": UnfoldAdminTextareaWidget({"rows": 3}),
            "quiet_from": ClockInput(),
            "quiet_until": ClockInput(),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["told"] = [kind for kind in OF_COMPANIES if kind not in self.instance.switched_off]

    def clean_webhook_url(self) -> str:
        """In its one spelling. What is inside is the operators', as with Cal.com's address."""
        address = hook_address(self.cleaned_data["webhook_url"])
        is_kept = address == self.instance.webhook_url
        if address and is_inside(urlsplit(address).hostname or "") and not is_kept and not self.may_name_inside:
            raise ValidationError(_("Only an operator may name this machine itself or its own network."))
        return address

    def clean(self) -> dict[str, Any]:
        """Quiet hours have two ends; a webhook has a secret, entered anew where the address leads to another server."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        begins, ends = told.get("quiet_from"), told.get("quiet_until")
        if (begins is None) != (ends is None) or (begins is not None and begins == ends):
            self.add_error("quiet_until", _("Enter both times of the quiet hours, and different ones; or neither."))
        url = told.get("webhook_url")
        if url and not told.get("new_secret") and not self._keeps_secret(url):
            self.add_error("new_secret", _("Enter the secret that messages to this address are signed with."))
        return told

    def _keeps_secret(self, url: str) -> bool:
        before = self.instance.webhook_url
        return bool(before) and urlsplit(before).netloc == urlsplit(url).netloc


@admin.register(AlertSettings)
class AlertSettingsAdmin(PortalAdmin):
    """One row for each company that wants something else than the defaults."""

    form = AlertForm
    list_display = ("__str__", "addresses_column", "webhook_column", "quiet_column")
    list_defer = ("webhook_secret",)
    fieldsets = (
        (_("Who is told"), {"fields": ["addresses", "language", "told"]}),
        (_("Quiet hours"), {"fields": ["quiet_from", "quiet_until"]}),
        (_("Webhook"), {"fields": ["webhook_url", "new_secret"]}),
    )
    actions = None
    actions_detail = ("send_test",)
    empty_sentence = _("The defaults count: the company's owners get an e-mail of everything, at any time.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The secret stays where it is: nothing here shows it."""
        return super().get_queryset(request).defer(*_SECRETS)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Operators may name what lies inside."""
        form = super().get_form(request, obj, change=change, **kwargs)
        setattr(form, "may_name_inside", request.user.is_superuser)  # noqa: B010 - the class is made for this request
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Whoever only reads sees to which server messages go: the rest of the address may be a secret."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        shown = {"webhook_url": "server_column"}
        return [
            (title, {**options, "fields": [shown.get(name, name) for name in options["fields"]]})
            for title, options in fieldsets
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """While a company of theirs has no row. The navigation of other pages asks, too: there the role will do."""
        match = request.resolver_match
        is_here = bool(match and (match.url_name or "").startswith("companies_alertsettings_"))
        return super().has_add_permission(request) and (not is_here or self._without_row(request).exists())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: an empty form is the same."""
        return False

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        """Companies that have no row yet."""
        return (
            self._without_row(request)
            if db_field.name == "company"
            else super().get_field_queryset(db, db_field, request)
        )

    def save_model(self, request: HttpRequest, obj: AlertSettings, form: Any, change: bool) -> None:
        """What is not ticked is switched off; whoever changes the address answers for where it leads."""
        obj.switched_off = [kind.value for kind in OF_COMPANIES if kind.value not in form.cleaned_data["told"]]
        if "webhook_url" in form.changed_data or not obj.webhook_url:
            obj.may_reach_inside = bool(request.user.is_superuser and obj.webhook_url)
        if form.cleaned_data["new_secret"]:
            obj.webhook_secret = form.cleaned_data["new_secret"]
        super().save_model(request, obj, form, change)

    @admin.display(description=_("webhook address"), empty_value="–")
    def server_column(self, obj: AlertSettings) -> str:
        """The server alone, with its port."""
        return urlsplit(obj.webhook_url).netloc.rpartition("@")[2]

    @admin.display(description=_("e-mail addresses"))
    def addresses_column(self, obj: AlertSettings) -> str:
        """How many."""
        count = len(obj.address_list)
        if not count:
            return str(_("the owners'"))
        return ngettext("%(n)d address", "%(n)d addresses", count) % {"n": count}

    @admin.display(description=_("webhook"), boolean=True)
    def webhook_column(self, obj: AlertSettings) -> bool:
        """Whether there is one."""
        return bool(obj.webhook_url)

    @admin.display(description=_("quiet hours"), empty_value="–")
    def quiet_column(self, obj: AlertSettings) -> str | None:
        """From when to when."""
        if obj.quiet_from is None or obj.quiet_until is None:
            return None
        return f"{obj.quiet_from:%H:%M} – {obj.quiet_until:%H:%M}"

    @action(
        description=_("Send a test"),
        permissions=["change"],
        icon="campaign",
        dialog={
            "title": _("Send a test to everybody who is told?"),
            "description": _("It goes the way of a real message, with the settings as they were saved last."),
            "form_class": None,
            "form_submit_text": _("Send a test"),
        },
    )
    def send_test(self, request: HttpRequest, _form: forms.Form, object_id: str) -> HttpResponse:
        """Queue it, and say where to see what becomes of it."""
        row = self.permitted(request, object_id, "change")
        if incidents.test(row.company, now=timezone.now()) is None:
            messages.warning(request, _("A test was sent within the last minute, or ten within a day. Wait a while."))
        elif is_watched():
            messages.success(request, _("The test is on its way. “Incidents” shows what becomes of it."))
        else:
            messages.error(request, _("Nobody watches: the test is sent once `manage.py watch` runs on the server."))
        return self.back_to(row)

    def _without_row(self, request: HttpRequest) -> QuerySet[Company]:
        mine = super().get_field_queryset(None, AlertSettings._meta.get_field("company"), request)
        return mine.filter(alert_settings__isnull=True)


_SECRETS = ("webhook_secret",)
