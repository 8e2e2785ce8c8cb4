"""What plugins import: it stands alone, every name says what it is, and the guide tells of each."""

import subprocess
import sys

import pytest

from app import api
from app.api_reference import BEGIN, END, GUIDE, meaning, reference


def test_it_can_be_imported_first() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import app.api"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("name", api.__all__)
def test_each_name_says_what_it_is(name: str) -> None:
    assert len(meaning(name)) > 20


def test_the_guide_tells_of_each() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    printed = BEGIN + text.partition(BEGIN)[2].partition(END)[0] + END + "\n"
    assert printed == reference(), "run: python -m app.api_reference"
