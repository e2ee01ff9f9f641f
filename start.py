#!/usr/bin/env python3
"""Slotkeeper from a fresh clone.

    python3 start.py           run it with demo data
    python3 start.py test …    run the tests; arguments go to pytest
    python3 start.py reset     throw the demo's data away
    python3 start.py CMD …     run a command of manage.py against the running stack

Needs nothing but Python 3.11 or newer on Linux or macOS. This file stays readable for older ones (no syntax newer
than 3.6), so that they can say what is wrong.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the very message for those whom requires-python does not stop
    sys.exit(
        "Slotkeeper needs Python 3.11 or newer, and this is Python {}.{}. "
        "Install a newer one and start again with it, for example: python3.12 start.py".format(*sys.version_info[:2])
    )
if os.name != "posix":
    sys.exit("Slotkeeper's start.py runs on Linux and macOS. On Windows, use it inside WSL.")

import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed-list.sha256"
MOST_TEST_PROCESSES = 4


def main(arguments: list[str]) -> NoReturn:
    """Make the virtual environment ready and become the program that was asked for."""
    os.chdir(ROOT)
    if arguments in (["-h"], ["--help"]):
        print(__doc__)
        sys.exit()
    if arguments[:1] == ["test"]:
        ensure_installed("test")
        become("-m", "pytest", *(arguments[1:] or in_parallel()))
    ensure_installed("demo")
    become("-m", "devstack", *arguments)


def become(*arguments: str) -> NoReturn:
    """Replace this process, so that signals reach the program itself."""
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), *arguments])


def in_parallel() -> list[str]:
    """pytest's arguments for the whole suite; a file's tests stay together, for they may share a running stack."""
    processes = min(os.cpu_count() or 1, MOST_TEST_PROCESSES)
    return ["--numprocesses", str(processes), "--dist", "loadfile"] if processes > 1 else []


def ensure_installed(wanted: str) -> None:
    """Install requirements/`wanted`.txt where that has not been done; needs no network when it has."""
    if is_installed(wanted):
        return
    with alone():
        if is_installed(wanted):  # by another start.py, while we waited
            return
        print(f"Installing the packages of requirements/{wanted}.txt into .venv …", flush=True)
        STAMP.unlink(missing_ok=True)
        install(ROOT / "requirements" / (wanted + ".txt"))
        STAMP.write_text(fingerprint(wanted))


def is_installed(wanted: str) -> bool:
    """Whether the present list was installed, or the one of the tests, which holds all of the demo's."""
    if not (PYTHON.exists() and STAMP.exists()):
        return False
    return STAMP.read_text() in {fingerprint(wanted), fingerprint("test")}


def fingerprint(name: str) -> str:
    """A hash of the list."""
    return hashlib.sha256((ROOT / "requirements" / (name + ".txt")).read_bytes()).hexdigest()


def install(requirements: Path) -> None:
    """Make .venv where it is missing and install the hash-locked list, with uv if it is there."""
    uv = shutil.which("uv")
    hint = "Without uv this needs Python's own venv and pip (Debian: apt install python3-venv)."
    if not PYTHON.exists():  # a link to a Python that is gone does not exist either
        create = [uv, "venv", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
        run([*create, "--clear", str(VENV)], hint=hint)
    elif not uv and not (VENV / "bin" / "pip").exists():  # made by uv, which has gone since
        run([str(PYTHON), "-m", "ensurepip", "--default-pip"], hint=hint)
    pip = [uv, "pip", "install", "--python", str(PYTHON)] if uv else [str(PYTHON), "-m", "pip", "install", "--quiet"]
    run([*pip, "--require-hashes", "--requirement", str(requirements)], hint="Is the network there?")


def run(command: list[str], *, hint: str) -> None:
    """Run an installer; a failure ends us with a sentence instead of a traceback."""
    if subprocess.call(command):
        sys.exit("This failed: " + " ".join(command) + "\n" + hint)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let one start.py install at a time; the next one waits."""
    with (ROOT / "requirements").joinpath("demo.txt").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
