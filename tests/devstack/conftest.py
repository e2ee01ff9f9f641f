from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.devstack.stack import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(var=tmp_path / "var")
    yield stack
    stack.clear()
