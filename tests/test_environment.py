"""The ways to install agree with the lock, on three systems, and nothing names a machine."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.render import kernels, notebooks

ROOT = Path(__file__).resolve().parents[1]
LOCKS = {name: (ROOT / f"{name}.txt").read_text(encoding="utf-8")
         for name in ("requirements", "requirements-student")}  # fmt: skip
HASHES = r"(?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)+"
PIN = re.compile(rf"^(\S+)==(\S+)(?: ; (.+?))? \\{HASHES}$", re.M)
PINS = {name: [match.groups() for match in PIN.finditer(lock)] for name, lock in LOCKS.items()}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
SYSTEMS = {
    "Linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "macOS": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "Windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}


def wanted(lock: str = "requirements") -> list[Requirement]:
    lines = (ROOT / f"{lock}.in").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


NAMED = {canonicalize_name(each.name) for each in wanted()}


def pins(system: str, python: str, lock: str = "requirements") -> dict[str, str]:
    """What a lock installs on a system, by name."""
    own = {**SYSTEMS[system], "python_version": python, "python_full_version": f"{python}.9"}
    kept = [pin for pin in PINS[lock] if pin[2] is None or Marker(pin[2]).evaluate(own)]
    names = [pin[0] for pin in kept]
    assert len(names) == len(set(names)), f"two versions of one package on {system}"
    return {name: version for name, version, _ in kept}


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_of_a_lock_is_a_pin_with_hashes_and_names_no_host(name):
    lines = PIN.sub("", LOCKS[name]).splitlines()
    left = [line for line in lines if line and not line.startswith("#")]
    assert PINS[name] and not left, f"no pin with hashes: {left[:3]}"
    assert "://" not in LOCKS[name]


def test_students_get_the_versions_of_the_book_and_half_of_the_packages():
    book, students = ({pin[:2] for pin in PINS[name]} for name in LOCKS)
    # The book's has no wheel for Macs with an Intel processor.
    assert {name for name, _ in students - book} == {"argon2-cffi-bindings"}
    assert not {"llvmlite", "playwright", "sphinx"} & {name for name, _ in students}


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_lock_holds_on_each_system_what_its_packages_need(system, python, lock):
    """As the packages' own descriptions say, under that system's markers."""
    found = pins(system, python, lock)
    own = {**SYSTEMS[system], "python_version": python, "python_full_version": f"{python}.9"}
    asked = [(str(each), each) for each in wanted(lock)]
    extras: dict[str, set[str]] = {}
    missing = []
    while asked:
        by, need = asked.pop()
        name = canonicalize_name(need.name)
        new = {"", *need.extras} - extras.get(name, set())
        if name not in found:
            missing.append(f"{by} needs {need}")
            continue
        if not need.specifier.contains(found[name], prereleases=True):
            missing.append(f"{by} needs {need}, the lock has {found[name]}")
        extras.setdefault(name, set()).update(new)
        try:
            below = metadata.requires(name) if new else None
        except metadata.PackageNotFoundError:
            continue  # another system's package: its needs cannot be read here
        for each in map(Requirement, below or ()):
            if any(each.marker is None or each.marker.evaluate(own | {"extra": e}) for e in new):
                asked.append((name, each))
    assert not missing, f"{missing}: make lock"


def test_the_running_environment_is_the_locked_one():
    """In one that conda made, the packages that environment.yml names are."""
    here = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}[sys.platform]
    locked = pins(here, "{}.{}".format(*sys.version_info))
    if Path(sys.prefix, "conda-meta").is_dir():
        locked = {name: locked[name] for name in NAMED}
    differing = {
        name: (metadata.version(name), version)
        for name, version in locked.items()
        if metadata.version(name) != version
    }
    assert not differing, f"installed and locked versions differ: {differing}"


HANDED_OUT = ("lib", "notebooks/studies", "book/tools/yearbook", "book/tools/course/answers.py")


@pytest.mark.parametrize(
    ("lock", "rooms"),
    [
        ("requirements", ("conftest.py", "lib", "notebooks/studies", "book", "data", "tests")),
        ("requirements-student", HANDED_OUT),
    ],
)
def test_what_the_code_imports_is_asked_for(lock, rooms):
    """A package that only another one brings may leave with it."""
    known = {canonicalize_name(each.name) for each in wanted(lock)}
    places = metadata.packages_distributions()
    files = [path for room in rooms for path in [ROOT / room, *(ROOT / room).rglob("*.py")]
             if path.is_file()]  # fmt: skip
    own = {path.stem for path in files} | {"lib", "studies", "tools"}
    sources = {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in files}
    for pair in notebooks.pairs():  # whose cells are the set-up of starters
        code = [each.source for each in notebooks.twin(pair).cells if each.cell_type == "code"]
        sources[Path(pair.name)] = "\n".join(code)
    unasked = set()
    for path, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for name in {each.partition(".")[0] for each in names} - own - sys.stdlib_module_names:
                if not {canonicalize_name(each) for each in places.get(name, [name])} & known:
                    unasked.add(f"{path} imports {name}")
    assert not unasked, f"not in {lock}.in: {sorted(unasked)}"


def test_environment_yml_names_what_requirements_in_does_in_the_versions_of_the_lock():
    """What conda resolves it resolves itself; what it may choose is as in the lock."""
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, make, *named, by_pip = environment["dependencies"]
    assert (python, pip, make) == ("python=3.11", "pip", "make")
    # conda, mamba, micromamba and Binder run pip in the folder of environment.yml.
    *pinned, project = by_pip["pip"]
    assert project == "-e ."
    locked = pins("Linux", "3.11")
    assert sorted([*named, *pinned]) == sorted(f"{name}=={locked[name]}" for name in NAMED)


@pytest.mark.parametrize("version", [(3, 10), (3, 11), (3, 12), (3, 13), (3, 14)])
def test_make_takes_the_pythons_that_the_lock_allows(version):
    """Of the command that looks at the version only: nothing is installed."""
    (source,) = re.findall(r"@\$\(PYTHON\) -c '(import sys; v = .*)'$", MAKEFILE, re.M)
    source = source.replace("sys.version_info[:2]", str(version))
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    taken = version in {(3, 11), (3, 12), (3, 13)}
    assert done.returncode == (0 if taken else 1)
    assert taken or f"Python 3.{version[1]} found; expected 3.11, 3.12 or 3.13" in done.stderr


@pytest.mark.parametrize("how", [["USE_ACTIVE=1"], ["VENV="], []])
def test_make_builds_with_the_active_environment_when_asked(how):
    command = ["make", "--dry-run", "book", *how, f"PYTHON={sys.executable}"]
    # Under `make test` the inner make would say which folder it enters.
    alone = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=alone, capture_output=True, text=True, check=True
        )
    except FileNotFoundError:
        pytest.skip("make is not here: its targets were NOT tried")
    last = done.stdout.splitlines()[-1]
    assert last == f"{'python' if how else '.venv/bin/python'} -m tools.render"
    assert not how or "install" not in done.stdout


def test_targets_that_are_named_exist_and_every_test_has_a_tier():
    targets = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.M))
    pages = ["README.md", "CONTRIBUTING.md", "data/README.md", *sorted(ROOT.glob("book/*.md"))]
    for page in pages:
        text = (ROOT / page).read_text(encoding="utf-8")
        named = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.M))
        assert named <= targets, f"{page} names {sorted(named - targets)}"
    # Without this, what is called slow would run nowhere, or a push would wait for it.
    assert re.findall(r'-m "?(not slow|slow)\b', MAKEFILE) == ["not slow", "slow"]


def test_a_processor_s_order_that_the_machine_sets_is_kept(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    asked, missing = kernels.to_run()
    assert asked == [None] and "SkylakeX, Prescott: this machine sets" in missing[0]
    assert kernels.environment(None, "2")["OPENBLAS_CORETYPE"] == "Haswell"


def test_a_processor_s_order_is_asked_for_only_where_it_is_followed(monkeypatch):
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    monkeypatch.setattr(kernels, "computed_by", lambda kernel: "Haswell")
    assert kernels.to_run() == (
        ["Haswell"], [f"{name}: this machine computes with Haswell" for name in kernels.KERNELS[1:]]
    )  # fmt: skip


def test_no_file_names_a_path_of_a_machine():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    if not files:
        pytest.skip("not a git checkout: there is no list of files to read")
    pattern = re.compile(r"(?<![\w.])/(?:home|root|Users|tmp|work)/\w")
    bad = [
        str(path.relative_to(ROOT))
        for path in files
        if path.is_file() and path.suffix not in {".png", ".woff"} and path != Path(__file__)
        and pattern.search(path.read_text(encoding="utf-8"))
    ]  # fmt: skip
    assert not bad, f"paths of a machine in {bad}"
