"""Migrations and demo data, in a forked child: the parent must stay free of connections that forks would share."""

import importlib
import importlib.util
import json
import os
from pathlib import Path

from devstack.children import Child, fork, stop_all
from devstack.errors import StackError
from devstack.place import Place


def prepare(place: Place, *, with_demo: bool, sandbox: str, close: list[int]) -> list[str]:
    """Bring the database up to date and load the demo data once. Returns the lines that welcome the developer."""
    reader, writer = os.pipe()
    log = place.log("prepare")

    def run() -> None:
        welcome = _prepare(place.demo_mark, with_demo=with_demo, sandbox=sandbox)
        os.write(writer, json.dumps(welcome).encode())

    child = fork("prepare", run, log=log, close=[reader, *close])
    os.close(writer)
    try:
        with os.fdopen(reader) as answers:
            answer = answers.read()
        _wait(child)
    except BaseException:
        stop_all([child])
        raise
    if child.status:
        raise StackError(f"The database could not be prepared. The end of {log}:\n{child.last_words()}")
    lines: list[str] = json.loads(answer)
    return lines


def _wait(child: Child) -> None:
    _, status = os.waitpid(child.pid, 0)
    child.status = os.waitstatus_to_exitcode(status)


def _prepare(demo_mark: Path, *, with_demo: bool, sandbox: str) -> list[str]:
    from django.core.management import call_command, get_commands  # noqa: PLC0415 - needs settings

    call_command("migrate", interactive=False, verbosity=1)
    if with_demo and not demo_mark.exists() and "seed_demo" in get_commands():
        call_command("seed_demo")
        demo_mark.touch()
    if not demo_mark.exists() or importlib.util.find_spec("config.demo") is None:
        return []
    demo = importlib.import_module("config.demo")
    demo.connect(f"{sandbox}/v2")
    welcome: list[str] = demo.welcome()
    return welcome
