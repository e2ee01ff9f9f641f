"""The sandbox answers as it was recorded: our own samples exactly, Cal.com's recordings but for what is explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conformance.__main__ import OWN
from tests.conformance.exchanges import load
from tests.conformance.replay import Replay, Result, replay
from tests.conformance.setting import setting_of
from tests.conformance.table import groups, lines

ROOT = Path(__file__).resolve().parents[2]
RECORDINGS = ROOT.parent / "shared" / "recordings" / "api"
NEEDED_SHARE = 0.9
needs_recordings = pytest.mark.skipif(not RECORDINGS.exists(), reason="the recordings are not beside the project")


@pytest.fixture(scope="module")
def recorded() -> list[Result]:
    return replay(RECORDINGS)


def test_our_own_samples_are_answered_as_they_stand():
    results = replay(OWN)
    assert len(results) > 50
    assert not [line for line in lines(results) if line.startswith("    ")]


def test_a_sandbox_that_answers_otherwise_is_found_out():
    setting = setting_of(OWN)
    exchanges = load(OWN)
    other = Replay(setting, exchanges[0].at)
    other.sandbox.faults.add("updated_at_null")
    other.sandbox.faults.add("webhook_lost", times=1)
    kinds = {difference.kind for result in other.run(exchanges) for difference in result.differences}
    assert {"type", "webhook"} <= kinds


def test_our_own_samples_cover_every_group():
    assert min(group.exchanges for group in groups(replay(OWN))) >= 5


@needs_recordings
def test_nine_of_ten_recorded_exchanges_are_equal_in_status_and_shape_in_each_group(recorded):
    shares = {group.name: group.share for group in groups(recorded)}
    assert len(shares) == 7
    assert {name: share for name, share in shares.items() if share < NEEDED_SHARE} == {}


@needs_recordings
def test_every_difference_is_explained_and_every_explanation_is_of_one(recorded):
    differing = {result.exchange.file.partition("-")[0] for result in recorded if result.differences}
    assert differing == explained()


@needs_recordings
def test_the_documented_table_is_the_present_one(recorded):
    documented = (ROOT / "docs" / "sandbox.md").read_text()
    missing = [line for line in lines(recorded) if line.startswith("| ") and line not in documented]
    assert missing == []


def explained() -> set[str]:
    """The numbers of the exchanges in the table "What differs, and why" of docs/sandbox.md."""
    text = (ROOT / "docs" / "sandbox.md").read_text().partition("## What differs, and why")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    return {number for row in rows for number in re.findall(r"\d{3}", row)}
