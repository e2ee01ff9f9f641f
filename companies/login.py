"""How guessing passwords is slowed down (django-axes asks these functions; see AXES_* in the settings).

Failures are counted by name and address together: nobody can shut out somebody at another place.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse


def login_name(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """The name somebody logs in with, as accounts are found: without regard to case and blanks around it."""
    given = (credentials or request.POST).get(settings.AXES_USERNAME_FORM_FIELD)
    return str(given or "").strip().lower()


def client_address(request: HttpRequest) -> str | None:
    """Where a request comes from: behind proxies what the outermost of ours saw, else the other end of the line.

    Each proxy appends the address it saw to X-Forwarded-For; whatever stands further left, anybody can write.
    """
    seen: str | None = request.META.get("REMOTE_ADDR") or None
    if not settings.PROXIES_IN_FRONT:
        return seen
    chain = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    try:
        return str(ip_address(chain[-settings.PROXIES_IN_FRONT].strip()))
    except (IndexError, ValueError):
        return seen


def shut_out(
    request: HttpRequest, _answer: HttpResponse | None = None, _credentials: Mapping[str, Any] | None = None
) -> HttpResponse:
    """The page for whoever tried too often."""
    facts = {"title": _("Too many wrong passwords"), "minutes": round(settings.AXES_COOLOFF_TIME * 60)}
    context = {**admin.site.each_context(request), **facts}
    return render(request, "registration/shut_out.html", context, status=429)
