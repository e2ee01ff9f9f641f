"""The demo: two invented companies with two weeks of appointments, made by deliveries as Cal.com sends them.

`booking` and `bodies` say what Cal.com would send, `cast` who takes part, `story` and `highlights` what happens,
`seed` makes it real, `connection` leads it to the sandbox, `greeting` tells the developer.
"""

from __future__ import annotations


def welcome() -> list[str]:
    """The lines that `start.py` prints when the demo runs."""
    from config.demo import greeting  # noqa: PLC0415 - needs models; `bodies` is used without them

    return greeting.lines()


def connect(calcom_url: str) -> None:
    """Let the demo's companies have their Cal.com at this address; see `connection`."""
    from config.demo import connection  # noqa: PLC0415 - see welcome

    connection.connect(calcom_url)
