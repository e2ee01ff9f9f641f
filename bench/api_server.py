"""The web application as it is served, and beside it a view that answers constant bytes on the same terms."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import include, path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from companies.api.base import TenantView  # noqa: E402 - needs Django

if TYPE_CHECKING:
    from rest_framework.request import Request

ANSWER_VARIABLE = "BENCH_CONSTANT_ANSWER"
CONSTANT = "/api/v1/constant/"
_answers: dict[str, bytes] = {}


class ConstantView(TenantView):
    """The same authentication, scope and throttle; then the bytes of a file, read once."""

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Always the same."""
        file = os.environ[ANSWER_VARIABLE]
        if file not in _answers:
            _answers[file] = Path(file).read_bytes()
        return HttpResponse(_answers[file], content_type="application/json")


urlpatterns = [path(CONSTANT.removeprefix("/"), ConstantView.as_view()), path("", include("config.urls"))]
settings.ROOT_URLCONF = __name__
