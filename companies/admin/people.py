"""Users and roles: inviting people to a company, and the operators' list of all users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Case, CharField, F, Q, When
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget

from companies import memberships
from companies.models import Membership, User
from companies.tasks import mail_invitation, mail_password_link, mail_soon
from companies.tenant_admin import RoleAdmin, TenantAdmin
from companies.tenant_forms import TenantForm

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    UserModelForm = forms.ModelForm[User]
else:
    UserModelForm = forms.ModelForm

# The same as Membership.known_name, for ordering and search.
KNOWN_NAME = Case(
    When(Q(user__last_login__gte=F("created_at")) & ~Q(user__name=""), then="user__name"),
    default="user__email",
    output_field=CharField(),
)
ROLE_COLOURS = {"owner": "success", "manager": "info", "staff": "primary", "auditor": "warning"}


class InvitationForm(TenantForm):
    """Who is invited, and as what."""

    email = forms.EmailField(label=_("E-mail address"), widget=UnfoldAdminEmailInputWidget)
    name = forms.CharField(label=_("Name"), max_length=200, widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = Membership
        fields = ["role"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].initial = Membership.Role.STAFF  # the smallest: nobody becomes an owner by oversight

    def clean(self) -> dict[str, Any] | None:
        """Nobody has two roles in one company."""
        cleaned = super().clean()
        email, company_id = self.cleaned_data.get("email"), self._company_id()
        if email and company_id:
            user = User.objects.by_email(email).first()
            if Membership.objects.filter(user=user, company=company_id).exists():
                self.add_error("email", _("This person has a role in the company already."))
        return cleaned


class RoleForm(TenantForm):
    """Another role for a member."""

    class Meta:
        model = Membership
        fields = ["role"]

    def clean_role(self) -> str:
        """The last owner stays one. The company is held until the page's transaction ends."""
        role: str = self.cleaned_data["role"]
        if role != Membership.Role.OWNER:
            try:
                memberships.keep_an_owner(self.instance)
            except memberships.LastOwner as error:
                raise ValidationError(_("A company needs an owner: make somebody else an owner first.")) from error
        return role


@admin.register(Membership)
class MembershipAdmin(TenantAdmin, ModelAdmin):
    """Users and roles."""

    actions = None  # removing is done one by one: the last owner stays
    form = RoleForm
    list_display = ["shown_name", "shown_email", "company", "shown_role", "shown_state"]
    list_select_related = ["user"]
    list_filter = ["company", "role"]
    search_fields = ["known_name", "user__email"]
    ordering = [KNOWN_NAME.asc(), "user__email"]
    readonly_fields = ["shown_name", "shown_email", "shown_state"]
    fields = ["shown_name", "shown_email", "role", "shown_state"]
    add_fieldsets = [(None, {"fields": ["email", "name", "role"]})]
    actions_detail = ["invite_again"]
    empty_sentence = _("Nobody has a role here yet. Invite the people who are to use Slotkeeper.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """With the name that the company may know, to search by."""
        rows: QuerySet[Membership] = super().get_queryset(request).select_related("user").alias(known_name=KNOWN_NAME)
        return rows

    def get_form(self, request: HttpRequest, obj: Membership | None = None, change: bool = False, **kwargs: Any) -> Any:
        """A new member is invited by e-mail."""
        if obj is None:
            kwargs["form"] = InvitationForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> list[str]:
        """On the invitation everything is entered."""
        return super().get_readonly_fields(request, obj) if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Owners; and the last of them stays."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and not (isinstance(obj, Membership) and memberships.is_last_owner(obj))

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """Change the role, or invite."""
        if change:
            super().save_model(request, obj, form, change)
            return
        email, name = form.cleaned_data["email"], form.cleaned_data["name"]
        if not self.is_allowed(request, "add", obj):
            raise PermissionDenied
        made = memberships.invite(obj.company, email=email, name=name, role=obj.role)
        obj.pk, obj.user, obj.created_at = made.pk, made.user, made.created_at
        mail_soon(mail_invitation, made.pk)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """Remove; a second owner who leaves at the same moment is noticed."""
        memberships.remove(obj)

    @display(description=_("Name"), ordering=KNOWN_NAME)
    def shown_name(self, membership: Membership) -> str:
        """The name, without a link: the account's own page is the operators'."""
        return membership.known_name

    @display(description=_("E-mail address"), ordering="user__email")
    def shown_email(self, membership: Membership) -> str:
        """The name to log in with."""
        return membership.user.email

    @display(description=_("Role"), ordering="role", label=ROLE_COLOURS)
    def shown_role(self, membership: Membership) -> tuple[str, str]:
        """The role, in its colour."""
        return membership.role, membership.get_role_display()

    @display(description=_("Access"))
    def shown_state(self, membership: Membership) -> Any:
        """Whether the invitation was accepted; of people who have not, nothing else is told."""
        if not membership.is_accepted:
            return _("invited, not logged in since")
        return _("active") if membership.user.is_active else _("locked by the operator")

    @action(
        description=_("Send the invitation again"),
        permissions=["change"],
        icon="forward_to_inbox",
        dialog={
            "title": _("Send the invitation again?"),
            "description": _("The e-mail holds a link to choose a password, if there is none yet."),
            "form_class": None,
            "form_submit_text": _("Send"),
        },
    )
    def invite_again(self, request: HttpRequest, _form: forms.Form, object_id: str) -> HttpResponse:
        """For those who lost the e-mail or let the link run out."""
        membership = self.permitted(request, object_id, "change")
        mail_soon(mail_invitation, membership.pk)
        messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": membership.user.email})
        return self.back_to(membership)


class UserForm(UserModelForm):
    """An account."""

    class Meta:
        model = User
        fields = ["email", "name", "is_active", "is_superuser"]
        labels = {"is_superuser": _("Operator")}
        help_texts = {"is_superuser": _("Sees and changes every company.")}

    def clean_email(self) -> str:
        """Addresses are kept in lower case."""
        return str(self.cleaned_data["email"]).lower()

    def clean_is_active(self) -> bool:
        """Nobody is locked who alone owns a company."""
        active: bool = self.cleaned_data["is_active"]
        owned = memberships.solely_owned(self.instance) if self.instance.pk and not active else []
        if owned:
            names = ", ".join(str(company) for company in owned)
            raise ValidationError(_("The only owner of %(companies)s.") % {"companies": names})
        return active


@admin.register(User)
class UserAdmin(RoleAdmin, ModelAdmin):
    """All accounts; for operators."""

    actions = None
    form = UserForm
    list_display = ["email", "name", "shown_operator", "is_active", "last_login"]
    list_filter = ["is_superuser", "is_active"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    fields = ["email", "name", "is_active", "is_superuser", "last_login", "created_at"]
    readonly_fields = ["last_login", "created_at"]
    add_fieldsets = [(None, {"fields": ["email", "name", "is_superuser"]})]
    actions_detail = ["send_link"]
    empty_sentence = _("No accounts yet.")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators; and not who alone owns a company."""
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and not (isinstance(obj, User) and memberships.solely_owned(obj))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """A new account gets a link to set its password."""
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if not change:
            mail_soon(mail_password_link, obj.pk)

    @display(description=_("Operator"), ordering="is_superuser", boolean=True)
    def shown_operator(self, user: User) -> bool:
        """Whether the user sees every company."""
        return user.is_superuser

    @action(
        description=_("Send a link to set a password"),
        permissions=["change"],
        icon="password",
        dialog={
            "title": _("Send a link to set a password?"),
            "description": _("The present password stays until a new one is chosen."),
            "form_class": None,
            "form_submit_text": _("Send"),
        },
    )
    def send_link(self, request: HttpRequest, _form: forms.Form, object_id: str) -> HttpResponse:
        """Help somebody who cannot log in."""
        user = self.permitted(request, object_id, "change")
        mail_soon(mail_password_link, user.pk)
        messages.success(request, _("The link is on its way to %(email)s.") % {"email": user.email})
        return self.back_to(user)
