"""Says how many sequences were done, and with which seed."""

from __future__ import annotations

from itertools import chain

import pytest

from tests.model import test_model


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line at the end; where time was up, fewer were done than were asked for."""
    reports = chain.from_iterable(terminalreporter.stats.get(outcome, []) for outcome in ("passed", "failed"))
    told = [dict(report.user_properties).get("sequences") for report in reports if report.when == "call"]
    done = sum(count for count in told if isinstance(count, int))
    terminalreporter.write_line(
        f"Model test: MODEL_SEED={test_model.SEED}, {done} of {test_model.SEQUENCES} sequences came to a good end."
    )
