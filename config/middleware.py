"""The reader's language, where there is a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.middleware.locale import LocaleMiddleware

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


class PortalLocaleMiddleware(LocaleMiddleware):
    """Programs are answered in English whatever they accept; finding a language costs a webhook a tenth of its time."""

    def process_request(self, request: HttpRequest) -> None:
        """Choose the language, except below /api/."""
        if not request.path_info.startswith("/api/"):
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Say that the answer depends on the language, except below /api/."""
        if request.path_info.startswith("/api/"):
            return response
        return super().process_response(request, response)
