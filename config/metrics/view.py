"""`GET /metrics`: for whoever has METRICS_TOKEN; where none is set, for this machine itself.

A careless proxy on this machine looks like this machine: whoever has one in front sets a token.
"""

from __future__ import annotations

from hmac import compare_digest
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from companies.counting import REGISTRY
from config.metrics.present import Present
from config.metrics.processes import Processes

# Any of them says that the other end of the line is a proxy, and not who asks.
_OF_PROXIES = (
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Everything, in the format that the reader asks for; 401 for everybody else."""
    if not (_has_token(request) if settings.METRICS_TOKEN else _is_this_machine(request)):
        answer = HttpResponse("Send METRICS_TOKEN as a bearer token.\n", status=401, content_type="text/plain")
        answer["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return answer
    encode, content_type = choose_encoder(request.META.get("HTTP_ACCEPT", ""))
    return HttpResponse(encode(_everything()), content_type=content_type)


def _has_token(request: HttpRequest) -> bool:
    scheme, _blank, token = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    sent = token.strip().encode("latin-1", "replace")  # the bytes, as WSGI hands them over
    return scheme.lower() == "bearer" and compare_digest(sent, settings.METRICS_TOKEN.encode())


def _is_this_machine(request: HttpRequest) -> bool:
    """Both ends are here, by the line and by the name that was asked for, and nobody stands in between."""
    if any(name in request.META for name in _OF_PROXIES):
        return False
    host, _port = split_domain_port(request.get_host())
    return _is_loopback(request.META.get("REMOTE_ADDR", "")) and (host == "localhost" or _is_loopback(host.strip("[]")))


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _everything() -> CollectorRegistry:
    registry = CollectorRegistry()
    directory = settings.METRICS_DIRECTORY
    registry.register(Processes(Path(directory)) if directory else REGISTRY)
    registry.register(Present())
    return registry
