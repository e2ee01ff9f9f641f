"""The door: check the signature, keep the delivery, wake a worker, answer. Cal.com's customer waits meanwhile."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from structlog.contextvars import bind_contextvars

from webhooks import inbox, metrics
from webhooks.authentication import Address, address_of, count_refusal, is_signed
from webhooks.tasks import wake

logger = structlog.get_logger(__name__)

_UNSIGNED = "The signature is missing or wrong. Set the same secret here and on the webhook in Cal.com."


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def receive(request: HttpRequest, token: str = "") -> HttpResponse:
    """Take a delivery of Cal.com's. GET answers a connection test.

    200 kept (or kept before), 401 not signed as it must be, 404 unknown token, 413 body too large, 503 no secret set.
    """
    address = address_of(token)
    if address is None:
        metrics.RECEIVED.add("unknown_address")
        return JsonResponse({"error": "Unknown address."}, status=404)
    if request.method != "POST":
        return JsonResponse({"ping": "ok"})
    if not address.secrets:
        metrics.RECEIVED.add("no_secret")
        logger.error("webhooks.no_secret", company_id=address.company_id)
        return JsonResponse({"error": "No webhook secret is configured."}, status=503)
    body = _read(request)
    if body is None:
        count_refusal(address.company_id, reason="too large")
        return JsonResponse({"error": "The body is too large."}, status=413)
    if not is_signed(body, request.META, secrets=address.secrets):
        count_refusal(address.company_id, reason="signature")
        return JsonResponse({"error": _UNSIGNED}, status=401)
    return _keep(address, body)


def _keep(address: Address, body: bytes) -> HttpResponse:
    delivery_id, is_new = inbox.store(address.company_id, address.token, body)
    if is_new:
        wake()
    # Onto the line that the request leaves in the log anyway.
    bind_contextvars(company_id=address.company_id, delivery_id=str(delivery_id), is_new=is_new)
    status = "accepted" if is_new else "duplicate"
    metrics.RECEIVED.add(status)
    answer = f'{{"received": true, "status": "{status}", "id": "{delivery_id}"}}'
    return HttpResponse(answer, content_type="application/json")


def _read(request: HttpRequest) -> bytes | None:
    """The raw body, or None where it is larger than allowed; a larger one is not read to its end.

    Django reads as much as Content-Length says. A chunked body has none: the server's stream ends by itself then.
    """
    limit = settings.WEBHOOK_MAX_BODY_BYTES
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        stream = request.META["wsgi.input"]
        body: bytes = stream.read(limit + 1)
        return None if len(body) > limit else body
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        return None
    return request.body
