"""Addresses below admin/ at which a password is set by e-mail. Unfold's login page knows the first by its name."""

from django.urls import path

from companies import views

urlpatterns = [
    path("password_reset/", views.ForgottenPassword.as_view(), name="admin_password_reset"),
    path("password_reset/done/", views.MailSent.as_view(), name="password_reset_done"),
    path("password_reset/complete/", views.PasswordSet.as_view(), name="password_reset_complete"),
    path("password_reset/<uidb64>/<token>/", views.NewPassword.as_view(), name="password_reset_confirm"),
]
