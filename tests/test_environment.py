"""The ways to install give the packages of the lock and the code of their own clone."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PLACES = ("lib", "notebooks/studies", "book/tools")


def test_a_clone_takes_its_own_packages_with_make_and_refuses_those_of_another(tmp_path):
    for place in PLACES:
        shutil.copytree(ROOT / place, tmp_path / place, ignore=shutil.ignore_patterns("__pyc*"))
    for name in ("Makefile", "pyproject.toml", "_toc.yml"):
        shutil.copy(ROOT / name, tmp_path)
    here = [str((ROOT / place).parent) for place in PLACES]  # as in an environment made for this
    env = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env["PATH"]])
    run = partial(subprocess.run, cwd=tmp_path, capture_output=True, text=True,
                  env=env | {"PYTHONPATH": os.pathsep.join(here)})  # fmt: skip
    for code in ("from studies import front", "import tools.render"):
        said = run([sys.executable, "-c", code]).stderr
        assert re.search(r"ImportError: lib is that of .+; found (studies|tools) in .+, exp", said)
    code = "import lib, studies, tools; [print(m.__file__) for m in (lib, studies, tools)]"
    (tmp_path / "where.mk").write_text(f"where:\n\t@$(RUN) -c {shlex.quote(code)}\n")
    wanted = [str(tmp_path / place / "__init__.py") for place in PLACES]
    for how in ("USE_ACTIVE=1", "VENV="):
        done = run(["make", "-f", "Makefile", "-f", "where.mk", "where", how])
        assert done.stdout.splitlines() == wanted, done.stderr


def test_environment_yml_names_what_requirements_in_does_in_the_versions_of_the_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, make, *named, by_pip = environment["dependencies"]
    assert (python, pip, make) == ("python=3.11", "pip", "make")
    *pinned, project = by_pip["pip"]  # conda runs pip in the folder of environment.yml
    assert project == "-e ."
    lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    asked = {Requirement(line).name for line in lines if line and line[0] != "#"}
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
