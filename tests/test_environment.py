"""The ways to install give the packages of the lock and the code of their own clone."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
LOCKS = {name: (ROOT / f"{name}.txt").read_text(encoding="utf-8")
         for name in ("requirements", "requirements-student")}  # fmt: skip
PIN = re.compile(r"^(\S+)==(\S+)(?: ; .+?)? \\(?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)+$", re.M)
PLACES = ("lib", "notebooks/studies", "book/tools")
CODE = """
from lib import panel
from lib import bootstrap
import studies.front
print(panel.__file__, len(panel.load()))
"""


@pytest.fixture
def clone(tmp_path) -> Path:
    """Another clone of this repository: its code, its data, what make reads."""
    no_caches = shutil.ignore_patterns("__pycache__")
    for place in (*PLACES, "data"):
        shutil.copytree(ROOT / place, tmp_path / "clone" / place, ignore=no_caches)
    for name in ("Makefile", "pyproject.toml", "README.md", "_toc.yml"):
        shutil.copy(ROOT / name, tmp_path / "clone")
    return tmp_path / "clone"


def run(folder, *command, packages=()):
    """Run a command in a folder; return its output and what it says."""
    alone = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    alone["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), alone["PATH"]])
    alone["PYTHONPATH"] = os.pathsep.join(map(str, packages))
    done = subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True)
    return done.stdout, done.stderr


# As in an environment that was made for this clone.
HERE = [(ROOT / place).parent for place in PLACES]


@pytest.mark.parametrize("code", ["from studies import front", "import tools.render"])
def test_packages_of_two_clones_are_refused(clone, code):
    said = run(clone, sys.executable, "-c", code, packages=HERE)[1]
    assert re.search(r"ImportError: lib is that of .+; found (studies|tools) in .+, expec", said)


@pytest.mark.parametrize("how", [["USE_ACTIVE=1"], ["VENV="]])
def test_make_takes_the_packages_of_its_own_clone(clone, how):
    code = (
        'import lib, studies, tools; print(*(m.__file__ for m in (lib, studies, tools)), sep="|")'
    )
    (clone / "where.mk").write_text(f"where:\n\t@$(RUN) -c {shlex.quote(code)}\n")
    call = ["make", "-f", "Makefile", "-f", "where.mk", "where", *how]
    said, error = run(clone, *call, packages=HERE)
    wanted = [str(clone / place / "__init__.py") for place in PLACES]
    assert said.strip().split("|") == wanted, error


@pytest.mark.slow
def test_the_package_has_all_modules_and_data_and_no_yearbook(clone, tmp_path):
    (clone / "data" / "raw").mkdir(exist_ok=True)
    (clone / "data" / "raw" / "yearbook.csv").write_text("levels")
    options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    built, error = run(tmp_path, sys.executable, "-m", "pip", "wheel", *options, str(clone))
    (wheel,) = [*tmp_path.glob("*.whl")] or [built + error]
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if "raw/" in name]
    zipfile.ZipFile(wheel).extractall(tmp_path / "fresh")
    said, error = run(tmp_path, sys.executable, "-c", CODE, packages=[tmp_path / "fresh"])
    assert said.split() == [str(tmp_path / "fresh/lib/panel.py"), "1760"], error
    tool = "from tools.render import running"
    error = run(tmp_path, sys.executable, "-c", tool, packages=[tmp_path / "fresh"])[1]
    assert error.endswith("expected a clone of the repository: the tools work on its pages\n")


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_of_a_lock_is_a_pin_with_hashes_and_names_no_host(name):
    lines = PIN.sub("", LOCKS[name]).splitlines()
    left = [line for line in lines if line and not line.startswith("#")]
    assert PIN.search(LOCKS[name]) and not left, f"no pin with hashes: {left[:3]}"
    assert "://" not in LOCKS[name]


def test_environment_yml_names_what_requirements_in_does_in_the_versions_of_the_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, make, *named, by_pip = environment["dependencies"]
    assert (python, pip, make) == ("python=3.11", "pip", "make")
    *pinned, project = by_pip["pip"]  # conda runs pip in the folder of environment.yml
    assert project == "-e ."
    lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    asked = {Requirement(line).name for line in lines if line and line[0] != "#"}
    locked = dict(PIN.findall(LOCKS["requirements"]))
    assert sorted([*named, *pinned]) == sorted(f"{name}=={locked[name]}" for name in asked)


def test_targets_that_are_named_exist_and_every_test_has_a_tier():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.M))
    for page in ["README.md", "CONTRIBUTING.md", "data/README.md", *sorted(ROOT.glob("book/*.md"))]:
        named = set(re.findall(r"(?:`|^)make ([a-z-]+)", (ROOT / page).read_text("utf-8"), re.M))
        assert named <= targets, f"{page} names {sorted(named - targets)}"
    # Without this, what is called slow would run nowhere, or a push would wait for it.
    assert re.findall(r'-m "?(not slow|slow)\b', makefile) == ["not slow", "slow"]


def test_no_file_names_a_path_of_a_machine():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    if not files:
        pytest.skip("not a git checkout: there is no list of files to read")
    pattern = re.compile(r"(?<![\w.])/(?:home|root|Users|tmp|work)/\w")
    texts = (path for path in files if path.is_file() and path.suffix not in {".png", ".woff"})
    bad = [str(path) for path in texts if pattern.search(path.read_text(encoding="utf-8"))]
    assert not bad, f"paths of a machine in {bad}"
