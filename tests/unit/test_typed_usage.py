"""``tests/typing`` is what the type checker reads as a user's code; here it is also run."""

import re
import runpy
from pathlib import Path

import pytest

import pghistory_ops as pgh

FILES = sorted(Path(__file__).parents[1].glob("typing/*.py"))


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_what_the_type_checker_reads_also_runs(file: Path) -> None:
    assert runpy.run_path(str(file))


def test_the_type_checker_reads_the_whole_public_face() -> None:
    used = {name for file in FILES for name in re.findall(r"\bpgh\.(\w+)", file.read_text())}
    assert used == set(pgh.__all__)
