"""The limit of ingest: a bare WSGI function that does the same HMAC and the same INSERT, and nothing else."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import threading
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg

_told: dict[str, Any] = json.loads(Path(os.environ["BENCH_TENANTS"]).read_text())
_tenants: dict[str, tuple[int, str]] = _told["tenants"]
_insert: str = _told["insert"]
_local = threading.local()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """200 for a delivery that is signed, else 401."""
    company_id, secret = _tenants[environ["PATH_INFO"]]
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(signature, environ.get("HTTP_X_CAL_SIGNATURE_256", "")):
        start_response("401 Unauthorized", [("Content-Length", "0")])
        return [b""]
    delivery_id = uuid.UUID(bytes=hashlib.sha256(body).digest()[:16])
    _connection().execute(_insert, [delivery_id, company_id, body])
    answer = json.dumps({"received": True, "id": str(delivery_id)}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]


def _connection() -> psycopg.Connection[Any]:
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    connection: psycopg.Connection[Any] = _local.connection
    return connection
