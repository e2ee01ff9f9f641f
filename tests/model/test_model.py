"""The model test: whatever happens on both sides, in the post and on the wire, in the end both sides agree.

200 sequences by default, 2,000 by `make model-test`. MODEL_SEED and MODEL_SEQUENCES say which and how many; part N of a
seed is the same however many there are, so a failure is repeated with `-k` and the test's name. MODEL_SHRINK=1 looks
for the shortest sequence that fails. After MODEL_UNTIL (seconds since 1970) no further part is begun.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import cast

import hypothesis
import pytest
import stamina
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import run_state_machine_as_test
from pytest_django import Settings

from tests.model.machine import STEPS, Sequences
from tests.model.salon import make_salon

SEQUENCES = int(os.environ.get("MODEL_SEQUENCES", "200"))
SEED = int(os.environ.get("MODEL_SEED", "4"))
UNTIL = float(os.environ.get("MODEL_UNTIL", "inf"))
IN_ONE_PART = 25
PARTS = [f"seed-{SEED}-part-{part}" for part in range(-(-SEQUENCES // IN_ONE_PART))]
SETTINGS = hypothesis.settings(
    max_examples=IN_ONE_PART,
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink] if os.environ.get("MODEL_SHRINK") else [Phase.generate],
)


@pytest.fixture(autouse=True)
def _only_virtual_time(settings: Settings) -> Iterator[None]:
    """The guard counts by the clock of Redis, not the virtual one, and lists are kept: tested elsewhere."""
    settings.CALCOM_V2_CIRCUIT_BREAKER_ENABLED = False
    settings.CALCOM_V2_RATE_LIMIT_ENABLED = False
    settings.CALCOM_V2_CACHE_ENABLED = False
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.mark.parametrize("part", PARTS)
def test_both_sides_agree_in_the_end(db: None, part: str, record_property: Callable[[str, object], None]) -> None:
    done = [0]
    if time.time() < UNTIL:
        machine = hypothesis.seed(part)(partial(Sequences, make_salon(), done))
        run_state_machine_as_test(cast("type[Sequences]", machine), settings=SETTINGS)
    record_property("sequences", done[0])
