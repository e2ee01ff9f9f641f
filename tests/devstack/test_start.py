"""start.py itself, with a uv that only takes notes."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.devstack.stack import ROOT

UV = """#!/bin/sh
echo "$@" >> "{notes}"
if [ "$1" = venv ]; then mkdir -p "{venv}/bin"; printf '#!/bin/sh\\necho "ran $@"\\n' > "{venv}/bin/python"; fi
chmod +x "{venv}/bin/python"
"""


class Clone:
    """A copy of start.py and its lists; what would run in .venv prints its arguments instead."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.notes = root / "notes"
        shutil.copy(ROOT / "start.py", root)
        shutil.copytree(ROOT / "requirements", root / "requirements")
        uv = root / "bin" / "uv"
        uv.parent.mkdir()
        uv.write_text(UV.format(notes=self.notes, venv=root / ".venv"))
        uv.chmod(0o755)

    def start(self, *arguments: str) -> str:
        path = f"{self.root / 'bin'}:/usr/bin:/bin"
        return subprocess.run(
            [sys.executable, "start.py", *arguments],
            cwd=self.root,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def installs(self) -> list[str]:
        """The installer's calls since the last question."""
        calls = self.notes.read_text().splitlines() if self.notes.exists() else []
        self.notes.unlink(missing_ok=True)
        return calls


@pytest.fixture
def clone(tmp_path):
    return Clone(tmp_path)


def test_the_first_start_installs_the_locked_list(clone):
    assert clone.start().splitlines()[-1] == "ran -m devstack"
    create, install = clone.installs()
    assert create.startswith("venv ")
    assert "--require-hashes" in install
    assert install.endswith("requirements/demo.txt")


def test_the_second_start_calls_no_installer(clone):
    clone.start()
    clone.installs()
    assert clone.start("migrate", "--plan") == "ran -m devstack migrate --plan\n"
    assert clone.installs() == []


def test_a_changed_list_is_installed(clone):
    clone.start()
    clone.installs()
    (clone.root / "requirements" / "demo.txt").write_text("# nothing\n")
    clone.start()
    assert len(clone.installs()) == 1


def test_the_list_of_the_tests_serves_the_demo_as_well(clone):
    clone.start("test", "-k", "some")
    clone.installs()
    clone.start()
    assert clone.installs() == []


def test_the_tests_need_more_than_the_demo(clone):
    clone.start()
    clone.installs()
    assert clone.start("test", "-k", "some").endswith("ran -m pytest -k some\n")
    assert clone.installs()[0].endswith("requirements/test.txt")


def test_an_install_that_failed_is_repeated(clone):
    clone.start()
    clone.installs()
    (clone.root / ".venv" / "installed-list.sha256").write_text("")
    clone.start()
    assert len(clone.installs()) == 1


def test_the_list_of_the_tests_holds_all_of_the_demo():
    demo, tests = (
        {line.split()[0] for line in (ROOT / "requirements" / name).read_text().splitlines() if "==" in line[:60]}
        for name in ("demo.txt", "test.txt")
    )
    assert demo <= tests


def test_an_old_python_is_answered_with_a_sentence():
    pretend = "import runpy, sys; sys.version_info = (3, 6, 15); runpy.run_path('start.py', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Slotkeeper needs Python 3.11 or newer, and this is Python 3.6.")


def test_an_old_python_can_read_start_py():
    assert ast.parse((ROOT / "start.py").read_text(), feature_version=(3, 7))
