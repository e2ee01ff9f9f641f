"""The model test: whatever happens on both sides, in the post and on the wire, in the end both sides agree."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

import hypothesis
import pytest
import stamina
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Sequences
from tests.model.salon import make_salon

SEQUENCES = int(os.environ.get("MODEL_SEQUENCES", "200"))
SEED = int(os.environ.get("MODEL_SEED", "4"))
PARTS = 4


@pytest.fixture(autouse=True)
def _only_virtual_time(settings) -> Iterator[None]:
    """The guard counts by the clock of Redis, and reads wait before they are tried again: they have their own tests."""
    settings.CALCOM_V2_CIRCUIT_BREAKER_ENABLED = False
    settings.CALCOM_V2_RATE_LIMIT_ENABLED = False
    settings.CALCOM_V2_CACHE_ENABLED = False
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.mark.parametrize("part", range(PARTS))
def test_both_sides_agree_in_the_end(db, part):
    seed = SEED * PARTS + part
    print(f"MODEL_SEED={SEED} MODEL_SEQUENCES={SEQUENCES}, part {part}")  # noqa: T201 - shown where it fails
    wanted = hypothesis.settings(
        max_examples=max(SEQUENCES // PARTS, 1),
        stateful_step_count=15,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, *([Phase.shrink] if os.environ.get("MODEL_SHRINK") else [])],
    )
    machine = hypothesis.seed(seed)(partial(Sequences, make_salon()))
    run_state_machine_as_test(machine, settings=wanted)
