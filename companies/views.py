"""Setting a password by e-mail: for people who forgot theirs, and for people who were invited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminPasswordWidget

from companies import invitations
from companies.models import User
from companies.tasks import mail_password_link, mail_soon

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

    View = views.PasswordContextMixin
    PasswordForm = SetPasswordForm[User]
else:
    View = object
    PasswordForm = SetPasswordForm


class ForgottenPasswordForm(PasswordResetForm):
    """Asks for an address and says nothing about it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")
        self.fields["email"].widget = UnfoldAdminEmailInputWidget({"autocomplete": "email", "autofocus": True})

    def get_users(self, email: str) -> Iterable[User]:
        """Active users with this address; also those whose invitation has run out before they set a password."""
        return User.objects.by_email(email).filter(is_active=True)

    def save(self, **_options: Any) -> None:  # type: ignore[override]  # the mail is written by the worker
        """Leave the mail to the worker; a mailbox is not flooded, and nobody is told."""
        email: str = self.cleaned_data["email"]
        if not invitations.may_ask_again(email):
            return
        for user in self.get_users(email):
            mail_soon(mail_password_link, user.pk)


class NewPasswordForm(PasswordForm):
    """Two equal entries that pass the password rules."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("new_password1", "new_password2"):
            self.fields[name].widget = UnfoldAdminPasswordWidget({"autocomplete": "new-password"})


class PortalLook(View):
    """The look of the portal's own login page."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name, colours and language switch, as on every portal page."""
        return {**admin.site.each_context(self.request), **super().get_context_data(**kwargs)}


class ForgottenPassword(PortalLook, views.PasswordResetView):
    """Asks for the e-mail address."""

    title = _("Forgotten your password?")
    form_class = ForgottenPasswordForm
    template_name = "registration/password_reset_form.html"
    success_url = reverse_lazy("password_reset_done")


class MailSent(PortalLook, views.PasswordResetDoneView):
    """The same answer for every address."""

    title = _("Look into your mailbox")
    template_name = "registration/password_reset_done.html"


class NewPassword(PortalLook, views.PasswordResetConfirmView):
    """Where the links of invitations and of forgotten passwords lead."""

    title = _("Choose a password")
    form_class = NewPasswordForm
    template_name = "registration/password_reset_confirm.html"
    success_url = reverse_lazy("password_reset_complete")


class PasswordSet(PortalLook, views.PasswordResetCompleteView):
    """The way to the login page."""

    title = _("Your password is set")
    template_name = "registration/password_reset_complete.html"
