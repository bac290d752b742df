"""The code is clean under ruff, formatted by it, and clean under mypy, as pyproject.toml says."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLACES = ["lib", "notebooks/studies", "book", "data/make", "tests", "conftest.py"]
COMMANDS = {
    "ruff check": ["ruff", "check", "--no-cache", *PLACES],
    "ruff format": ["ruff", "format", "--check", "--diff", "--no-cache", *PLACES],
    "mypy": ["mypy"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_code_is_clean(name):
    line = [sys.executable, "-m", *COMMANDS[name]]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
