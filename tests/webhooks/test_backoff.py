"""A Redis that is away, or hangs, is left alone for a while, by everything that asks it."""

from __future__ import annotations

import pytest
from redis import exceptions

from webhooks import backoff
from webhooks.backoff import ask


def failing(error: Exception) -> str:
    raise error


@pytest.mark.parametrize(
    "error", [exceptions.TimeoutError("it hangs"), exceptions.ConnectionError("refused"), OSError("no route")]
)
def test_after_a_failure_nothing_is_asked(error):
    asked: list[str] = []
    assert ask(lambda: failing(error), otherwise="unknown") == "unknown"
    ask(lambda: asked.append("again"), otherwise=None)
    assert asked == []


def test_after_that_while_it_is_asked_again(monkeypatch):
    monkeypatch.setattr(backoff, "AWAY_FOR_S", 0.0)
    ask(lambda: failing(OSError()), otherwise="away")
    assert ask(lambda: "here", otherwise="away") == "here"


def test_our_own_mistakes_are_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        ask(lambda: 1 / 0, otherwise=0.0)
