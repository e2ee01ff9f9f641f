"""`python -m bench [one of them] [--quick]`: the promised speed, on this machine. See README.md.

`python -m bench chaos [--changes N] [--seed S]` is the promise that nothing is lost, whatever dies meanwhile.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from bench import chaos
from bench.report import Table
from bench.stack import running_servers


def main() -> int:
    """Run what was asked for; 1 where a promise does not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("which", nargs="?", choices=[*_BENCHES, "chaos"], help="one; without it, all but chaos")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and deliveries: a first look, no proof")
    parser.add_argument("--changes", type=int, default=2000, help="chaos: so many on each side")
    parser.add_argument("--seed", type=int, default=4, help="chaos: who does what, and which fault comes when")
    wanted = parser.parse_args()
    if wanted.which == "chaos":
        return _chaos(changes=200 if wanted.quick else wanted.changes, seed=wanted.seed)
    holds = True
    for name in [wanted.which] if wanted.which else _BENCHES:
        with running_servers() as directory:
            table = _BENCHES[name](directory, wanted.quick)
        table.show()
        holds = holds and table.holds
    return 0 if holds else 1


def _chaos(*, changes: int, seed: int) -> int:
    table = chaos.measure(changes=changes, seed=seed)
    table.show()
    return 0 if table.holds else 1


def _processing(directory: Path, quick: bool) -> Table:
    from bench import processing  # noqa: PLC0415 - Django is set up by now, not when this module is read

    if quick:
        return processing.measure(directory, rounds=2, each=200, each_alone=50)
    return processing.measure(directory, rounds=5, each=500, each_alone=100)


def _ingest(directory: Path, quick: bool) -> Table:
    from bench import ingest  # noqa: PLC0415 - see _processing

    if quick:
        return ingest.measure(directory, rounds=2, each=200)
    return ingest.measure(directory, rounds=5, each=1000)


def _both(directory: Path, quick: bool) -> Table:
    from bench import together  # noqa: PLC0415 - see _processing

    if quick:
        return together.measure(directory, rounds=1, each=100, seconds=10.0)
    return together.measure(directory, rounds=3, each=400, seconds=30.0)


def _outbound(directory: Path, quick: bool) -> Table:
    from bench import outbound  # noqa: PLC0415 - see _processing

    if quick:
        return outbound.measure(directory, rounds=2, each=200)
    return outbound.measure(directory, rounds=5, each=1000)


def _event_types(directory: Path, quick: bool) -> Table:
    from bench import event_types  # noqa: PLC0415 - see _processing

    return event_types.measure(directory, few=500, many=1000 if quick else 2000, again=2 if quick else 5)


def _api(directory: Path, quick: bool) -> Table:
    from bench import api  # noqa: PLC0415 - see _processing

    return api.measure(directory, rounds=2 if quick else 5, each=10 if quick else 40)


def _api_pages(directory: Path, quick: bool) -> Table:
    from bench import api_pages  # noqa: PLC0415 - see _processing

    if quick:
        return api_pages.measure(directory, rounds=2, each=20, many=100_000)
    return api_pages.measure(directory, rounds=5, each=50, many=1_000_000)


def _week_grid(directory: Path, quick: bool) -> Table:
    from bench import week_grid  # noqa: PLC0415 - see _processing

    return week_grid.measure(directory, rounds=3 if quick else 9)


def _pushes(directory: Path, quick: bool) -> Table:
    from bench import pushes  # noqa: PLC0415 - see _processing

    if quick:
        return pushes.measure(directory, rounds=2, each=300)
    return pushes.measure(directory, rounds=5, each=600)


def _reconcile(directory: Path, quick: bool) -> Table:
    from bench import reconcile  # noqa: PLC0415 - see _processing

    if quick:
        return reconcile.measure(directory, few=500, many=1500)
    return reconcile.measure(directory, few=2000, many=10_000)


def _extract(directory: Path, quick: bool) -> Table:
    from bench import extract  # noqa: PLC0415 - see _processing

    return extract.measure(directory, rows=100_000 if quick else 1_000_000)


def _migrate(directory: Path, quick: bool) -> Table:
    from bench import migrate  # noqa: PLC0415 - see _processing

    return migrate.measure(directory, many=5000 if quick else 50_000)


def _dump(directory: Path, quick: bool) -> Table:
    from bench import dump  # noqa: PLC0415 - see _processing

    return dump.measure(directory, many=10_000 if quick else 50_000)


def _metrics(directory: Path, quick: bool) -> Table:
    from bench import metrics  # noqa: PLC0415 - see _processing

    return metrics.measure(directory, rounds=50 if quick else 200, many=100_000 if quick else 1_000_000)


_BENCHES: dict[str, Callable[[Path, bool], Table]] = {
    "ingest": _ingest,
    "processing": _processing,
    "both": _both,
    "outbound": _outbound,
    "event_types": _event_types,
    "api_pages": _api_pages,
    "api": _api,
    "week_grid": _week_grid,
    "pushes": _pushes,
    "reconcile": _reconcile,
    "metrics": _metrics,
    "migrate": _migrate,
    "dump": _dump,
    "extract": _extract,
}


if __name__ == "__main__":
    sys.exit(main())
