"""Adding up what the processes of this machine have counted, each in files of its own.

Files of processes that have ended are added to one that stays, so that neither their counts are lost nor the directory
grows with every restart and every command. Scrapes do this in turn. The directory belongs to the processes of one
machine (one container): process numbers of another one mean nothing here.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

logger = structlog.get_logger(__name__)

_GONE = "gone"
_CUT = (RuntimeError, ValueError, struct.error)


class Processes(Collector):
    """The sums over all processes, living and gone."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def collect(self) -> Iterable[Metric]:
        """Counters and histograms; none of them where the directory cannot be read or written."""
        is_up = True
        try:
            yield from self._sums()
        except OSError as error:
            is_up = False
            logger.warning("metrics.no_directory", error=type(error).__name__)
        told = "Whether the directory with the counters could be read."
        yield GaugeMetricFamily("slotkeeper_counters_up", told, value=float(is_up))

    def _sums(self) -> list[Metric]:
        with _in_turn(self._directory):
            _fold(self._directory)
            try:
                return _merged(_files(self._directory))
            except _CUT:
                return _merged([file for file in _files(self._directory) if _is_whole(file)])


@contextmanager
def _in_turn(directory: Path) -> Iterator[None]:
    with (directory / "turn.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _files(directory: Path) -> list[Path]:
    """Of those that count; a file that was made in this moment is empty still."""
    return [file for file in directory.glob("*_*.db") if file.stat().st_size]


def _merged(files: Iterable[Path]) -> list[Metric]:
    return list(MultiProcessCollector.merge([str(file) for file in files]))  # type: ignore[no-untyped-call]  # no types


def _is_whole(file: Path) -> bool:
    """What the machine's end has cut in half is set aside, and read no more."""
    try:
        _merged([file])
    except _CUT as error:
        logger.warning("metrics.file_broken", file=file.name, error=type(error).__name__)
        file.rename(file.with_suffix(".broken"))
        return False
    return True


def _fold(directory: Path) -> None:
    for file in _files(directory):
        kind, _, process = file.stem.rpartition("_")
        if process.isdecimal() and not _is_alive(int(process)) and _is_whole(file):
            # Killed in here, what is being added is lost once: better than counted again at every scrape.
            added, gone = file.rename(file.with_suffix(".added")), directory / f"{kind}_{_GONE}.db"
            if gone.exists():
                _is_whole(gone)
            _add(added, gone)
            added.unlink()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's, who may write here all the same
        return True
    return True


def _add(file: Path, to: Path) -> None:
    sums = MmapedDict(str(to))  # type: ignore[no-untyped-call]  # no types
    try:
        for key, value, _at, _position in MmapedDict.read_all_values_from_file(str(file)):  # type: ignore[no-untyped-call]  # no types
            before, _ = sums.read_value(key)  # type: ignore[no-untyped-call]  # no types
            sums.write_value(key, before + value, 0.0)  # type: ignore[no-untyped-call]  # no types
    finally:
        sums.close()  # type: ignore[no-untyped-call]  # no types
