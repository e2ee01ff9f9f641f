"""`python -m tests.conformance [FOLDER]`: replay a folder of exchanges, by default our own samples."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.conformance.replay import replay
from tests.conformance.table import lines

OWN = Path(__file__).parent / "samples" / "api"


def main(arguments: list[str]) -> None:
    """Print the table and the differences."""
    folder = Path(arguments[0]) if arguments else OWN
    for line in lines(replay(folder)):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
