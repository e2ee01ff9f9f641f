"""The staff portal: one admin site for all apps. What its first page shows stands in config.dashboard.

Imported while the apps' admin modules are being loaded: it must not import any of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

if TYPE_CHECKING:
    from django.http import HttpRequest


class Portal(UnfoldAdminSite):
    """Open to everyone who works for a company; what they see is decided by tenancy and roles."""

    index_title = _("Overview")

    def has_permission(self, request: HttpRequest) -> bool:
        """Active users with a membership, and operators."""
        from companies.roles import roles_of  # noqa: PLC0415 - models are not loaded yet when this module is

        user: Any = request.user
        return bool(user.is_active and user.is_authenticated and (user.is_superuser or roles_of(user)))
