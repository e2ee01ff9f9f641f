"""Every command line of README and docs, run as a newcomer would, against the demo."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from devstack.account import server_account
from devstack.binaries import find_postgres
from tests.devstack.stack import Stack, wait_until
from tests.docs.lines import FILES, ROOT, Line, lines_of

# What is run elsewhere, or takes too long: where it is proved, and a text that is found there.
ELSEWHERE: dict[str, tuple[str, str]] = {
    "python3 start.py": ("tests/devstack/test_up.py", "def test_the_stack_is_ready_when_it_greets"),
    "python3 start.py test": (".ci/run", "python3 start.py test"),
    "python3 start.py reset": ("tests/devstack/test_reset.py", "def test_reset_deletes_after_a_yes"),
    "python3 start.py CMD …": ("tests/devstack/test_up.py", "def test_a_command_reaches_the_running_stack"),
    "python manage.py CMD …": ("tests/devstack/test_up.py", "def test_a_command_reaches_the_running_stack"),
    "python3 start.py watch --once": ("tests/config/watch/test_command.py", 'call_command("watch", "--once")'),
    "make test lint types": (".ci/run", "make types"),
    "make lint": (".ci/run", "make lint"),
    "make ci": ("Makefile", "bash .ci/run"),
    "pip install --require-hashes -r requirements/prod.txt": ("start.py", '"--require-hashes", "--requirement"'),
}
BENCH = ".venv/bin/python -m bench"
# What lasts until it is stopped: what it says when it is ready, and how it is stopped.
LASTING = {"calcom_sandbox": ("Stop with Ctrl-C", signal.SIGINT), "celery": ("ready.", signal.SIGTERM)}
DEMO, TOKEN = "friseur-1", "a-token-for-metrics"
# Requests of a minute's hundred. The hungriest command, `doctor`, needs some 25.
ENOUGH = 60
WORDS = {"NAME": "'Salon Neu'", "EMAIL": "neu@example.com", "FOLDER": "tests/conformance/samples/api"}
SET_UP = f"""
from companies.keys import Scope, issue
from companies.models import Company
print("KEY", issue(Company.objects.get(slug="{DEMO}"), name="Docs", scopes=[Scope.MANAGE], by=None)[1])
"""


class Reader:
    """A newcomer: types one line after the other, and remembers what the variables were."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.last = ""
        server = json.loads((stack.var / "dev" / "services.json").read_text())["environment"]
        self.variables = {
            **server,
            "KEY": stack.run("shell", "-v", "0", "-c", SET_UP).stdout.split()[-1],
            "COPY": f"{server['DATABASE_URL']}_restored",
            "METRICS_TOKEN": TOKEN,
            "STATIC_ROOT": str(stack.var / "static"),
        }
        greeted = re.search(r"small Cal\.com to book at runs at http://(\S+)", stack.output)
        assert greeted
        self.sandbox = greeted[1]

    def type(self, line: Line) -> str:
        """Run it; returns what is wrong, or nothing."""
        if line.command in ELSEWHERE:
            return ""
        if assigned := re.fullmatch(r"([A-Z_]+)=(\S+)", line.command):
            return self._assign(assigned[1], assigned[2])
        command = self._here(line.command)
        if command.startswith(BENCH):  # takes minutes: whether there is such a measurement, with such options
            command += " --help"
        assert wait_until(self._has_budget)
        status, self.last = self._run(command)
        if status != line.status:
            return f"{line}\n  status {status}, not {line.status}: {self.last[-600:]}"
        missing = [row for row in line.output if not _is_said(row, self.last)]
        return f"{line}\n  does not say: {missing}\n  but: {self.last}" if missing else ""

    def _has_budget(self) -> bool:
        """Whether Cal.com may be asked some more: nobody else types that many commands within a minute."""
        about = f"{self.stack.address}/api/health/calcom?company={DEMO}"
        told = requests.get(about, headers={"Authorization": f"Bearer {self.variables['KEY']}"}, timeout=30).json()
        return bool(told["companies"][0]["requests_left"] >= ENOUGH)

    def _assign(self, name: str, value: str) -> str:
        """What the reader fills in is known beforehand, or stands in the last answer."""
        if value != "…":
            self.variables[name] = self._here(value)
        elif name == "START":
            self.variables[name] = json.loads(self.last)["slot"]["starts_at"]
        return "" if name in self.variables else f"nobody knows what {name} is to be"

    def _run(self, command: str) -> tuple[int, str]:
        """Exit status and what was printed."""
        programs = f"{Path(sys.executable).parent}:{find_postgres(server_account()).bindir}"
        ready, stop = next((LASTING[word] for word in command.split() if word in LASTING), ("", signal.SIGTERM))
        become = "exec " if ready else ""
        script = f'PATH="{programs}:$PATH"; curl() {{ command curl -sS --fail-with-body "$@"; }}; {become}{command}'
        process = subprocess.Popen(
            ["bash", "-c", script],
            cwd=ROOT,
            env=self.stack.environment(**self.variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout
        printed = ""
        try:
            for row in process.stdout:
                printed += row
                if ready and ready in row:
                    process.send_signal(stop)
            return process.wait(), printed
        finally:
            process.kill()

    def _here(self, text: str) -> str:
        """At the addresses and in the folder of this stack, for its demo company."""
        for there, here in (
            ("http://127.0.0.1:8000", self.stack.address),
            ("https://slotkeeper.example.com", self.stack.address),
            ("localhost:8100", self.sandbox),
            (" var/", f" {self.stack.var}/"),
            ("--company ID", f"--company {DEMO}"),
        ):
            text = text.replace(there, here)
        for word, meant in WORDS.items():
            text = re.sub(rf"(?<= ){word}\b(?!=)", meant, text)
        return re.sub(r"^manage\.py", "python manage.py", text.replace("python3 start.py", "python -m devstack"))


def _is_said(row: str, output: str) -> bool:
    """Whether a row was printed: numbers may differ, "…" stands for anything, and so much space for less."""
    pattern = re.sub(r"\d+", r"\\d+", r"\s+".join(".*".join(map(re.escape, word.split("…"))) for word in row.split()))
    return re.search(rf"^\s*{pattern}\s*$", output, re.MULTILINE) is not None


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    stack = Stack(var=tmp_path_factory.mktemp("docs") / "var")
    try:
        stack.start(METRICS_TOKEN=TOKEN)
        yield Reader(stack)
    finally:
        stack.clear()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("file", FILES)
def test_every_command_line_does_what_the_docs_say(reader: Reader, file: str):
    wrong = [problem for line in lines_of(file) if (problem := reader.type(line))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("command", "proof"), ELSEWHERE.items())
def test_what_is_not_run_here_is_run_elsewhere(command: str, proof: tuple[str, str]):
    file, text = proof
    assert text in (ROOT / file).read_text()
    assert command in {line.command for one in FILES for line in lines_of(one)}
