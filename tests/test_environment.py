"""The ways to install give the packages of the lock and the code of their own clone."""

import hashlib
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.render import notebooks

ROOT = Path(__file__).resolve().parents[1]


def test_another_python_that_is_asked_for_is_not_passed_over(tmp_path):
    """Also by make, where it stands in the command; a default changes nothing."""
    (tmp_path / ".ci").mkdir()
    for name in (".ci/environment", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    lock = hashlib.sha256((tmp_path / "requirements.txt").read_bytes()).hexdigest()
    folder = tmp_path / f".venv-{lock[:12]}"
    (folder / "bin").mkdir(parents=True)
    for name, text in (("bin/python", ""), ("ready", str(folder)), ("pyvenv.cfg", "version = 2.7")):
        (folder / name).write_text(text)
    line = ["make", "-s", "--no-print-directory", "-nf", ROOT / "Makefile", "environment"]
    for more in ([], [f"PYTHON={sys.executable}"]):
        told = subprocess.run([*line, *more], cwd=tmp_path, capture_output=True, text=True).stdout
        command = [sys.executable, *told[told.index(".ci/") :].split()]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == bool(more), told
        assert bool(more) == ("asked for, found 2.7 in .venv" in done.stderr)
    assert (tmp_path / ".venv").resolve() == folder


def declared(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {Requirement(line).name for line in lines if line and line[0] != "#"}


# What no code imports, and why it is here.
RUN = {
    "myst-nb": "make book", "sphinx-exercise": "make book",
    "django-static-mathjax": "formulas of the pages", "ipykernel": "runs the notebooks",
    "jupyterlab": "make lab", "jupyterlab-myst": "figures of the prose in JupyterLab",
    "openpyxl": "make yearbook", "threadpoolctl": ".ci/kernels", "pytest-xdist": "pytest -n",
    "ruff": "make test", "mypy": "make test", "setuptools": "start.py",
    "argon2-cffi-bindings": "a version for Macs with Intel",
}  # fmt: skip


IMPORT = re.compile(r"^ *(?:import|from) (\w+)[\w.]*(?: import .*| as \w+)?$", re.M)
STUDENTS = ["lib/**/*.py", "notebooks/studies/**/*.py", "notebooks/widgets/**/__init__.py"]
OURS = [*STUDENTS, "book/**/*.py", "data/**/*.py", "tests/**/*.py", "conftest.py"]


def test_what_is_declared_is_imported_and_what_is_imported_is_declared():
    """For students: what their notebooks, lib and studies import."""
    pages = [pair.text for pair in notebooks.pairs()]
    own = {*notebooks.PACKAGES, *(path.stem for each in OURS for path in ROOT.glob(each))}
    packages = packages_distributions()
    for name, places in (("requirements-student.in", STUDENTS), ("requirements.in", OURS)):
        files = [*pages, *(path for place in places for path in ROOT.glob(place))]
        found = {each for path in files for each in IMPORT.findall(path.read_text("utf-8"))}
        found -= own | sys.stdlib_module_names
        names = {each: {*map(canonicalize_name, packages.get(each, ()))} for each in found}
        asked = declared(name)
        assert not [each for each, of in names.items() if not of & asked], f"missing in {name}"
        wrong = (asked - set().union(*names.values())) ^ (asked & RUN.keys())
        assert not wrong, f"{name}: imported nowhere, or imported and in RUN"


def test_environment_yml_names_what_requirements_in_does_in_the_versions_of_the_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, make, *named, by_pip = environment["dependencies"]
    assert (python, pip, make) == ("python=3.11", "pip", "make")
    *pinned, project = by_pip["pip"]  # conda runs pip in the folder of environment.yml
    assert project == "-e ."
    asked = declared("requirements.in")
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^(\S+)==(\S+)", lock, re.M))
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
