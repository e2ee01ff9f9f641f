"""How a request proves whose it is: `Authorization: Bearer <key>` (or `Api-Key <key>`), or the portal's session."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions
from rest_framework.authentication import BaseAuthentication

from companies.api.problems import Problem
from companies.keys import ApiKey, note_use
from companies.tenancy import COMPANY_SECRETS

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request

_KEY = re.compile(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}", re.ASCII)
_SCHEMES = ("bearer", "api-key")


class KeyAuthentication(BaseAuthentication):
    """An API key. A request that names one is answered for it, or refused: never for the session beside it."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        """The key's row as `request.auth`; None where the request names no key."""
        key = key_in(request.META.get("HTTP_AUTHORIZATION", ""))
        return None if key is None else (AnonymousUser(), usable_key(key))

    def authenticate_header(self, request: Request) -> str:
        """What WWW-Authenticate says."""
        return 'Bearer realm="Slotkeeper"'


def key_in(header: str) -> str | None:
    """The key in an Authorization header; None in one of another kind."""
    scheme, _blank, key = header.strip().partition(" ")
    return key.strip() if scheme.lower() in _SCHEMES else None


def usable_key(key: str) -> ApiKey:
    """The row of this key. Raises AuthenticationFailed, and says why only to whoever has the whole key."""
    row: ApiKey | None = None
    if _KEY.fullmatch(key):
        rows = ApiKey.objects.select_related("company").defer(*(f"company__{name}" for name in COMPANY_SECRETS))
        row = rows.filter(prefix=key[:8]).first()
    if row is None or not row.is_valid(key):
        raise exceptions.AuthenticationFailed(_("This API key is unknown."))
    if row.revoked:
        raise exceptions.AuthenticationFailed(_("This API key has been revoked."))
    if not row.is_usable:
        raise exceptions.AuthenticationFailed(_("This API key has expired, or its company is switched off."))
    note_use(row, now=timezone.now())
    return row


class SessionAuthentication(authentication.SessionAuthentication):
    """Somebody who is logged in at the portal. Changes need the CSRF token in X-CSRFToken."""

    def enforce_csrf(self, request: HttpRequest | Request) -> None:
        """Refuse as a problem of its own kind: a page that forgot the token is mended, not logged in again."""
        try:
            super().enforce_csrf(request)  # type: ignore[arg-type]  # DRF itself hands over its own request
        except exceptions.PermissionDenied as error:
            raise Problem(error.detail, status=403, code="csrf", title=_("CSRF check failed")) from error

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """The user; None where nobody is logged in, or the account is locked."""
        return super().authenticate(request)
