"""Counters of many processes: each counts for itself, and the sums are right."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from companies.counting import OTHER, Tally, Times
from config.metrics.processes import Processes
from config.settings import BASE_DIR

COUNT = """
import os, sys
from companies.counting import Tally, Times
hits, took = Tally("probe_hits_total", "Hits.", "kind"), Times("probe_seconds", "Time.", "kind", buckets=(1, 5))
for _ in range({times}):
    hits.add("a")
took.note(3, "a")
sys.stdout.write("counted\\n")
sys.stdout.flush()
sys.stdin.read()
{after}
"""


class Counting:
    """A process that counts, and ends when it is told."""

    def __init__(self, directory: Path, *, times: int = 1, after: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", COUNT.format(times=times, after=after)],
            cwd=BASE_DIR,
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(directory)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        assert "counted\n" in iter(self.process.stdout.readline, "")

    def end(self) -> None:
        self.process.communicate()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def sums(directory: Path) -> dict[tuple[str, str], float]:
    """By sample and bucket."""
    return {
        (one.name, one.labels.get("le", "")): one.value
        for metric in Processes(directory).collect()
        for one in metric.samples
    }


def test_the_sums_of_living_ended_and_killed_processes(tmp_path: Path):
    living, ended, killed = (Counting(tmp_path, times=times) for times in (1, 20, 300))
    ended.end()
    killed.kill()
    assert sums(tmp_path)["probe_hits_total", ""] == 321
    living.end()
    assert sums(tmp_path)["probe_hits_total", ""] == 321
    assert sums(tmp_path)["probe_seconds_bucket", "5.0"] == 3
    assert sums(tmp_path)["probe_seconds_sum", ""] == 9


def test_files_of_processes_that_have_ended_do_not_pile_up(tmp_path: Path):
    for _ in range(3):
        Counting(tmp_path).end()
    assert len(list(tmp_path.glob("*.db"))) == 6
    assert sums(tmp_path) == sums(tmp_path)
    assert sorted(file.name for file in tmp_path.glob("*.db")) == ["counter_gone.db", "histogram_gone.db"]


def test_the_child_of_a_fork_counts_for_itself(tmp_path: Path):
    Counting(tmp_path, after="os.wait() if os.fork() else hits.add('a')").end()
    assert sums(tmp_path)["probe_hits_total", ""] == 2


def test_a_file_that_has_just_been_made_is_no_error(tmp_path: Path):
    (tmp_path / f"counter_{os.getpid()}.db").touch()
    assert sums(tmp_path) == {("slotkeeper_counters_up", ""): 1}


@pytest.mark.parametrize("content", [b"\x40", b"\xff\x00\x00\x00" + b"\xff" * 300, b"\x40\x00\x00\x00" * 99])
def test_a_file_that_was_cut_is_set_aside(tmp_path: Path, content: bytes):
    Counting(tmp_path, times=7).end()
    for name in ("counter_999999999.db", "counter_1.db"):
        (tmp_path / name).write_bytes(content)
    assert sums(tmp_path)["probe_hits_total", ""] == 7
    assert {file.name for file in tmp_path.glob("*.broken")} == {"counter_999999999.broken", "counter_1.broken"}


def test_sums_of_the_gone_that_were_cut_are_set_aside(tmp_path: Path):
    (tmp_path / "counter_gone.db").write_bytes(b"\x40")
    Counting(tmp_path, times=7).end()
    assert sums(tmp_path)["probe_hits_total", ""] == 7
    assert (tmp_path / "counter_gone.broken").exists()


def test_without_its_directory_it_says_so(tmp_path: Path):
    assert sums(tmp_path / "gone") == {("slotkeeper_counters_up", ""): 0}


def test_what_cannot_be_counted_harms_nothing_else(tmp_path: Path):
    gone = tmp_path / "gone"
    Counting(gone, times=3).end()
    assert not gone.exists()


@pytest.fixture
def tally() -> Tally:
    return Tally(f"probe_{os.urandom(4).hex()}_total", "Hits.", "kind")


def test_a_label_that_grows_without_bound_is_cut(tally: Tally):
    for number in range(1000):
        tally.add(str(number))
    [metric] = tally._metric.collect()
    assert len(metric.samples) == 401
    assert next(one.value for one in metric.samples if one.labels["kind"] == OTHER) == 600


def test_times_are_counted_by_bucket():
    times = Times(f"probe_{os.urandom(4).hex()}_seconds", "Time.", "kind", buckets=(1.0, 2.0))
    times.note(1.5, "a")
    [metric] = times._metric.collect()
    assert [one.value for one in metric.samples if "le" in one.labels] == [0, 1, 1]
