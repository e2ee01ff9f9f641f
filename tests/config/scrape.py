"""Reading what `/metrics` says."""

from __future__ import annotations

from typing import Any

from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

HERE: dict[str, Any] = {"REMOTE_ADDR": "127.0.0.1", "SERVER_NAME": "127.0.0.1"}
"""A request of this machine's own."""


def scrape(client: Client, **more: Any) -> dict[str, float]:
    """Every sample, by name and labels: `slotkeeper_pushes_open{state=pending}`."""
    answer = client.get("/metrics", **(HERE | more))
    assert answer.status_code == 200
    return samples(answer.text)


def samples(text: str) -> dict[str, float]:
    """The same, of a text."""
    families = text_string_to_metric_families(text)
    return {_name(one.name, one.labels): one.value for family in families for one in family.samples}


def _name(name: str, labels: dict[str, str]) -> str:
    told = ",".join(f"{label}={value}" for label, value in sorted(labels.items()))
    return f"{name}{{{told}}}" if told else name


class Growth:
    """How much samples have grown since this was made."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._before = scrape(client)

    def __getitem__(self, name: str) -> float:
        return scrape(self._client).get(name, 0) - self._before.get(name, 0)
