"""The ways to install agree with the lock, and nothing names a machine."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+) \\$", re.MULTILINE)
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
PINS = dict(PIN.findall(LOCK))


def wanted() -> list[str]:
    lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    return [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]


@pytest.mark.parametrize("requirement", wanted())
def test_the_lock_pins_every_package_that_is_asked_for(requirement):
    name, _, version = requirement.partition("==")
    name = name.split("[")[0]
    assert name in PINS, f"requirements.in asks for {name}, the lock has no such pin: make lock"
    assert not version or PINS[name] == version


def test_every_pin_of_the_lock_has_a_hash():
    blocks = re.split(r"\n(?=[A-Za-z0-9])", LOCK)
    pinned = [block for block in blocks if PIN.match(block)]
    assert len(pinned) == len(PINS)
    assert all("--hash=sha256:" in block for block in pinned)


def test_the_running_environment_is_the_locked_one():
    differing = {
        name: (metadata.version(name), version)
        for name, version in PINS.items()
        if metadata.version(name) != version
    }
    assert not differing, f"installed and locked versions differ: {differing}"


def test_conda_users_get_the_same_python_and_the_same_pins():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    plain = [item for item in environment["dependencies"] if isinstance(item, str)]
    (pip,) = [item["pip"] for item in environment["dependencies"] if isinstance(item, dict)]
    assert f"python={'.'.join(locked_python())}" in plain
    assert pip == ["--requirement requirements.txt"], "environment.yml must point pip at the lock"


def locked_python() -> tuple[str, str]:
    """The Python that the lock was resolved for, as its first lines say."""
    found = re.search(r"pip-compile with Python (\d+)\.(\d+)", LOCK)
    assert found, "requirements.txt does not say which Python it was resolved for"
    return found.groups()


@pytest.mark.parametrize("version", [(3, 10), (3, 11), (3, 12), (3, 13), (3, 14)])
def test_make_takes_the_pythons_that_the_lock_allows(version):
    """Of the command that looks at the version only: nothing is installed."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (source,) = re.findall(r"@\$\(PYTHON\) -c '(import sys; v = .*)'$", makefile, re.MULTILINE)
    source = source.replace("sys.version_info[:2]", str(version))
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    taken = version in {(3, 11), (3, 12), (3, 13)}
    assert done.returncode == (0 if taken else 1)
    assert taken or f"Python 3.{version[1]} found; expected 3.11, 3.12 or 3.13" in done.stderr


def test_jupyter_book_is_the_version_that_reads_these_files():
    assert PINS["jupyter-book"] == "1.0.4.post1"


def tracked_text_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    ).stdout
    names = [name for name in listed.split("\0") if name]
    pictures = {".png"}
    return [ROOT / n for n in names if (ROOT / n).is_file() and Path(n).suffix not in pictures]


def test_no_file_names_a_path_of_a_machine():
    files = tracked_text_files()
    if not files:
        pytest.skip("not a git checkout: there is no list of files to read")
    pattern = re.compile(r"(?<![\w.])/(?:home|root|Users|tmp|work)/\w")
    bad = [
        str(path.relative_to(ROOT))
        for path in files
        if path != Path(__file__) and pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert not bad, f"paths of a machine in {bad}"
