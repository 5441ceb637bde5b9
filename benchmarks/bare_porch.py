"""The floor of the porch: a bare WSGI function that verifies the body, inserts a row on a kept connection and answers.

Run by gunicorn; BENCH_DATABASE and BENCH_SECRET say where and with what.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterable
from typing import Any

import psycopg2

TABLE = (
    "CREATE TABLE IF NOT EXISTS bench_porch (id bigserial PRIMARY KEY, site_id bigint NOT NULL, topic text NOT NULL, "
    "identity text NOT NULL, body bytea NOT NULL, received_at timestamptz NOT NULL DEFAULT now(), "
    "UNIQUE (site_id, identity))"
)
_INSERT = (
    "INSERT INTO bench_porch (site_id, topic, identity, body) VALUES (%s, %s, %s, %s) "
    "ON CONFLICT (site_id, identity) DO NOTHING"
)
_SECRET = os.environ.get("BENCH_SECRET", "").encode()
_kept: list[Any] = []


def _connection() -> Any:
    if not _kept:
        made = psycopg2.connect(os.environ["BENCH_DATABASE"])
        made.autocommit = True
        _kept.append(made)
    return _kept[0]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    told = environ.get("HTTP_X_WC_WEBHOOK_SIGNATURE", "")
    signature = base64.b64encode(hmac.new(_SECRET, body, hashlib.sha256).digest()).decode()
    if not hmac.compare_digest(signature, told):
        start_response("401 Unauthorized", [("Content-Length", "0")])
        return [b""]
    identity = hashlib.sha256(body).hexdigest()
    with _connection().cursor() as cursor:
        cursor.execute(_INSERT, (1, environ.get("HTTP_X_WC_WEBHOOK_TOPIC", ""), identity, body))
    answer = json.dumps({"status": "stored"}).encode()
    start_response(
        "202 Accepted", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))]
    )
    return [answer]
