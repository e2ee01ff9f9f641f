"""Before every view: addresses that nothing can answer, and what only requests with a reader need."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponseBadRequest
from django.middleware.locale import LocaleMiddleware
from django.utils.deprecation import MiddlewareMixin

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

DELIVERIES = ("/api/webhooks/calcom", "/api/calcom/webhook")


class NulMiddleware:
    """Refuses addresses that hold a NUL: PostgreSQL stores none, so that every look-up with one would be an error."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer 400, or go on."""
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return _no_nul(is_program=request.path_info.startswith("/api/"))
        return self._get_response(request)


def _no_nul(*, is_program: bool) -> HttpResponseBadRequest:
    sentence = "There is a NUL in the address."
    if not is_program:
        return HttpResponseBadRequest(sentence, content_type="text/plain")
    told = {"type": "/problems/malformed", "title": "Not readable", "status": 400, "detail": sentence}
    return HttpResponseBadRequest(json.dumps(told), content_type="application/problem+json")


class _ForReaders(MiddlewareMixin):
    """A middleware of Django's that deliveries pass by.

    A webhook has no session, language, message or page, and Cal.com's customer waits for its answer: what these
    middlewares do for it in vain is a third of its time.
    """

    def __call__(self, request: HttpRequest) -> Any:
        """Go on at once, or do what the middleware does."""
        if request.path_info.startswith(DELIVERIES):
            return self.get_response(request)
        return super().__call__(request)


class PortalSessionMiddleware(_ForReaders, SessionMiddleware):
    """Sessions."""


class PortalLocaleMiddleware(_ForReaders, LocaleMiddleware):
    """The reader's language."""


class PortalAuthenticationMiddleware(_ForReaders, AuthenticationMiddleware):
    """The reader."""


class PortalMessageMiddleware(_ForReaders, MessageMiddleware):
    """Messages for the reader."""


class PortalCSPMiddleware(_ForReaders, CSPMiddleware):
    """What a page may load."""
