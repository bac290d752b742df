"""Would a test notice?  Small faults in ``lib/``, one at a time (``make mutants``).

Faults chosen by hand stand in ``mutants.toml``; more are generated from the syntax tree of each
module and sampled.  Each is put into a scratch copy, and the tests that could notice it run,
nearest first: the module's own, those of modules that import it, and the notebooks that do, whose
outputs are compared.  What survives must be argued in ``mutants.toml``: harmless, and why.

By hand, because what exists does not fit.  mutmut (3.8) changes what is inside functions only, and
star thresholds, reaches and years stand outside; it looks no further than unit tests, and has no
place for a fault of one's choice.  cosmic-ray (8.7) has one command for all faults, where each here
has its own tests, and no sample.  They would bring 5 and 18 packages into the lock.

Use: ``mutants.py [--sample N] [--seed S] [--hand] [--near] [--again] [MODULE ...]``.  ``--hand``
leaves out the generated faults; ``--near`` runs a module's own tests only; ``--again`` takes what
survived in the last report.
"""

from __future__ import annotations

import argparse
import ast
import csv
import hashlib
import importlib
import itertools
import multiprocessing
import os
import re
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import scratch

TABLE = Path(__file__).with_suffix(".toml")
REPORT = scratch.ROOT / "_build" / "mutants.csv"
TIMES = REPORT.with_suffix(".xml")
SEED = 2016
SAMPLE = 2  # generated faults a module
LIMIT = 300  # seconds; longer than any file of tests takes
REACHED = 0.95
# Pictures are compared by what they plot, in the notebooks; faults in them are chosen by hand.
DRAWN = re.compile("figures$|^style$")


@dataclass(frozen=True)
class Mutant:
    """One fault: the text of a module with a piece of it replaced."""

    module: str
    where: str  # function, or "" at the level of the module
    line: str
    becomes: str
    text: str
    by_hand: bool


@dataclass(frozen=True)
class Argument:
    """Why a fault that survives does no harm."""

    module: str
    line: str
    becomes: str
    why: str


# ---------------------------------------------------------------------------- faults

_BINARY = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*")}
_COMPARED: dict[type, tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
}
_NAMES = {
    "min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum",
    "any": "all", "all": "any", "sf": "cdf", "nanmin": "nanmax", "nanmax": "nanmin",
    "lt": "le", "le": "lt", "gt": "ge", "ge": "gt", "first": "last", "last": "first",
}  # fmt: skip
# Options that change no result but how an error is found or how fast.
_IDLE = {"strict", "dtype", "copy", "optimize", "frozen", "kw_only"}


class _Faults(ast.NodeVisitor):
    """Collect (function, start, end, replacement) over a module, as offsets of its bytes."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.inside: list[str] = []
        self.found: list[tuple[str, int, int, str]] = []

    def _at(self, node: Any, end: bool = False) -> int:
        if end:
            return self.starts[node.end_lineno - 1] + node.end_col_offset
        return self.starts[node.lineno - 1] + node.col_offset

    def _text(self, node: ast.AST) -> str:
        return self.source[self._at(node) : self._at(node, end=True)].decode()

    def _add(self, start: int, end: int, new: str) -> None:
        self.found.append((".".join(self.inside), start, end, new))

    def _swap(self, left: ast.AST, right: ast.AST, old: str, new: str) -> None:
        start, stop = self._at(left, end=True), self._at(right)
        at = self.source.find(old.encode(), start, stop)
        if at >= 0:
            self._add(at, at + len(old), new)

    def _enter(self, node: Any) -> None:
        self.inside.append(node.name)
        for part in (*getattr(node.args, "defaults", ()), *getattr(node.args, "kw_defaults", ())):
            if part is not None:
                self.visit(part)
        for statement in node.body:
            self.visit(statement)
        self.inside.pop()

    visit_FunctionDef = _enter  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.inside.append(node.name)
        for statement in node.body:
            self.visit(statement)
        self.inside.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def _skip(self, node: ast.AST) -> None:
        """Messages are words: what they say is compared where it matters."""

    visit_Raise = visit_JoinedStr = visit_Assert = _skip  # noqa: N815

    def visit_BinOp(self, node: ast.BinOp) -> None:
        words = any(
            isinstance(n, ast.JoinedStr | ast.List)
            or (isinstance(n, ast.Constant) and isinstance(n.value, str))
            for n in (node.left, node.right)
        )
        if type(node.op) in _BINARY and not words:
            self._swap(node.left, node.right, *_BINARY[type(node.op)])
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if type(node.op) in _BINARY:
            old, new = _BINARY[type(node.op)]
            self._swap(node.target, node.value, old + "=", new + "=")
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        rights = node.comparators
        for left, op, right in zip([node.left, *rights], node.ops, rights, strict=False):
            if type(op) in _COMPARED:
                self._swap(left, right, *_COMPARED[type(op)])
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        self._swap(node.values[0], node.values[1], old, new)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not | ast.USub | ast.Invert):
            self._add(self._at(node), self._at(node.operand), "")
        self.generic_visit(node)

    def _negate(self, node: Any) -> None:
        test = node.test
        if "TYPE_CHECKING" in self._text(test):
            return
        self._add(self._at(test), self._at(test, end=True), f"not ({self._text(test)})")
        self.generic_visit(node)

    visit_If = visit_IfExp = _negate  # noqa: N815

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            new = str(not value)
        elif isinstance(value, int) and value <= 100:
            new = str(value + 1)
        elif isinstance(value, float) and value > 1e-3:
            new = repr(value * 1.1)
        else:
            return
        self._add(self._at(node), self._at(node, end=True), new)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg not in _IDLE:
            self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func
        called = name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "")
        if called in _NAMES:
            end = self._at(name, end=True)
            self._add(end - len(called), end, _NAMES[called])
        self.generic_visit(node)


def _mutant(module: str, where: str, text: str, start: int, end: int, new: str) -> Mutant:
    """The mutant, and the lines that differ, for a reader."""
    changed = text[:start] + new + text[end:]
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    line = text[first:last]
    becomes = changed[first : last + len(changed) - len(text)]
    return Mutant(module, where, _flat(line), _flat(becomes), changed, by_hand=False)


def _flat(text: str) -> str:
    return " ".join(text.split())


def generated(module: str) -> list[Mutant]:
    """Every fault that the rules above make in a module."""
    source = (scratch.ROOT / "lib" / f"{module}.py").read_bytes()
    faults = _Faults(source)
    faults.visit(ast.parse(source))
    mutants = []
    for where, start, end, new in faults.found:
        first, last = (len(source[:at].decode()) for at in (start, end))
        mutants.append(_mutant(module, where, source.decode(), first, last, new))
    return mutants


def sampled(module: str, size: int, seed: int) -> list[Mutant]:
    """A sample that an edit elsewhere in the module leaves as it is: the lowest hashes."""

    def rank(mutant: Mutant) -> str:
        key = f"{seed} {module} {mutant.where} {mutant.line} {mutant.becomes}"
        return hashlib.sha256(key.encode()).hexdigest()

    return sorted(generated(module), key=rank)[:size]


def by_hand(table: dict[str, Any]) -> list[Mutant]:
    """The faults of the table; one whose text is gone, or is there twice, stops everything."""
    mutants = []
    for fault in table["fault"]:
        module, old, new = fault["module"], fault["old"], fault["new"]
        text = (scratch.ROOT / "lib" / f"{module}.py").read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise SystemExit(
                f"mutants: lib/{module}.py holds {old!r} {text.count(old)} times, expected once: "
                "mutants.toml needs mending"
            )
        mutants.append(
            Mutant(module, "by hand", _flat(old), _flat(new), text.replace(old, new), by_hand=True)
        )
    return mutants


# ---------------------------------------------------------------------------- tests

_IMPORT = re.compile(r"^from lib import (.+?)$|^from lib\.(\w+) import|^import lib\.(\w+)", re.M)


@cache
def _imported(path: Path) -> frozenset[str]:
    """Modules of lib that a file imports by itself."""
    text = path.read_text(encoding="utf-8").replace("\\n", "\n").replace('    "', "")
    found: set[str] = set()
    for many, one, other in _IMPORT.findall(re.sub(r"import \(([^)]*)\)", _one_line, text)):
        names = [part.split(" as ")[0].strip(' ",') for part in many.split(",")]
        found |= {name for name in (*names, one, other) if name}
    return frozenset(found)


def _one_line(match: re.Match[str]) -> str:
    return f"import {' '.join(match[1].split())}"


@cache
def _far(path: Path, module: str) -> int | None:
    """How many imports lie between a file and a module; None where none leads there."""
    near, seen, distance = _imported(path), set[str](), 1
    while near:
        if module in near:
            return distance
        seen |= near
        files = [scratch.ROOT / "lib" / f"{name}.py" for name in near]
        near = frozenset().union(*(_imported(f) for f in files if f.exists())) - seen
        distance += 1
    return None


# What they check is no figure of lib's, or they build pages and start browsers.
_ELSEWHERE = {
    "api", "book", "browser", "editions", "environment", "exercises", "lint", "notebooks", "pdf",
    "r", "crosscheck",
}  # fmt: skip


def _tests() -> list[Path]:
    tests = sorted((scratch.ROOT / "tests").glob("test_*.py"))
    return [path for path in tests if path.stem.removeprefix("test_") not in _ELSEWHERE]


def stages(module: str) -> Iterator[list[str]]:
    """Files that could notice a fault, nearest first: what is in one list runs together."""
    tests = _tests()
    name = module.strip("_")
    family = name.split("_")[0] if name.startswith("multiverse") else name
    own = [path for path in tests if re.fullmatch(rf"test_{family}(_\w+)?", path.stem)]
    own.sort(key=lambda path: (path.stem != f"test_{name}", path.stem))
    others = [path for path in tests if path not in own and (_far(path, module) or 9) <= 2]
    others.sort(key=lambda path: (_far(path, module) or 9, path.stat().st_size))
    pages = sorted((scratch.ROOT / "notebooks").glob("*.ipynb"))
    pages = [path for path in pages if _far(path, module)]
    pages.sort(key=lambda path: (_far(path, module) or 9, path.stem))
    for paths in (own, others, *([page] for page in pages)):
        if paths:
            yield [str(path.relative_to(scratch.ROOT)) for path in paths]


def _preload() -> None:
    """Import what takes long once: each run is forked from here."""
    for name in (
        "pytest", "pandas", "scipy.stats", "statsmodels.api", "linearmodels", "pandera.pandas",
        "matplotlib.figure", "matplotlib.backends.backend_agg", "libpysal", "hypothesis",
    ):  # fmt: skip
        importlib.import_module(name)


class _Quickest:
    """Within a file the quickest tests run first: most faults are found by many."""

    def __init__(self, seconds: Mapping[str, float]) -> None:
        self.seconds = seconds

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        files = {name: i for i, name in enumerate(dict.fromkeys(item.path for item in items))}
        if not any(item.path.suffix == ".ipynb" for item in items):
            items.sort(key=lambda item: (files[item.path], self.seconds.get(item.nodeid, 0.0)))


def _pytest(root: Path, arguments: list[str], seconds: Mapping[str, float], log: Path) -> None:
    import pytest

    os.chdir(root)
    os.environ["PYTHONPATH"] = str(root)
    sys.path[:] = [str(root), *(p for p in sys.path if p != str(scratch.ROOT))]
    del sys.modules["scratch"]  # the copy has its own
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.dont_write_bytecode = True
    options = ["-q", "-n", "0", "-p", "no:cacheprovider", "--tb=line"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # of what is preloaded
    os._exit(int(pytest.main([*options, *arguments], plugins=[_Quickest(seconds)])))


def run(
    root: Path, arguments: list[str], seconds: Mapping[str, float], limit: float = LIMIT
) -> tuple[int | None, str]:
    """Exit code of pytest in the copy, None where it had to be stopped, and what it said."""
    log = root.parent / "log"
    fork = multiprocessing.get_context("fork")
    process = fork.Process(target=_pytest, args=(root, arguments, seconds, log))
    process.start()
    process.join(limit)
    if process.exitcode is None:
        process.kill()
        process.join()
        return None, ""
    return process.exitcode, log.read_text(encoding="utf-8", errors="replace")


def intact(root: Path) -> dict[str, float]:
    """Seconds that each unit test takes without a fault; a test that fails stops everything."""
    sources = [*(scratch.ROOT / "lib").glob("*.py"), *(scratch.ROOT / "tests").glob("*.py")]
    newest = max(path.stat().st_mtime for path in sources)
    if not TIMES.exists() or TIMES.stat().st_mtime < newest:
        print("unit tests without a fault ...", flush=True)
        files = [str(path.relative_to(scratch.ROOT)) for path in _tests()]
        code, words = run(root, ["--junitxml", str(TIMES), *files], {}, 3600)
        if code != 0:
            TIMES.unlink(missing_ok=True)
            raise SystemExit(f"mutants: a test fails without a fault:\n{words[-3000:]}")
    seconds = {}
    for case in ElementTree.parse(TIMES).iter("testcase"):
        folder, module, *classes = case.attrib["classname"].split(".")
        name = "::".join([f"{folder}/{module}.py", *classes, case.attrib["name"]])
        seconds[name] = float(case.attrib["time"])
    return seconds


def judge(root: Path, mutant: Mutant, seconds: dict[str, float], near: bool) -> str:
    """What kills a mutant, or "survived"; `seconds` has the tests that pass without a fault."""
    for files in itertools.islice(stages(mutant.module), 1 if near else None):
        code, log = _with(root, mutant, ["-x", *files], seconds)
        if code in (0, 5):
            continue
        if code is None:
            return f"{files[0]}: out of time"
        failed = _FAILED.search(log)
        killer = failed[1] if failed else f"{files[0]}: not collected"
        # A test that is red by itself kills nothing; a cell of a notebook cannot run alone.
        sound = files[0] if not failed or files[0].endswith(".ipynb") else killer
        if sound not in seconds:
            code, log = run(root, [sound], seconds)
            if code != 0:
                raise SystemExit(f"mutants: {sound} fails without a fault:\n{log[-2000:]}")
            seconds[sound] = 0.0
        return killer
    return "survived"


_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?::.+?)(?: - .*)?$", re.M)


def _with(
    root: Path, mutant: Mutant, arguments: list[str], seconds: Mapping[str, float]
) -> tuple[int | None, str]:
    target = root / "lib" / f"{mutant.module}.py"
    before = target.read_text(encoding="utf-8")
    target.write_text(mutant.text, encoding="utf-8")
    try:
        return run(root, arguments, seconds)
    finally:
        target.write_text(before, encoding="utf-8")


# ---------------------------------------------------------------------------- report


def main() -> int:
    parser = argparse.ArgumentParser(description="Seed faults in lib and see which tests notice.")
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--sample", type=int, default=SAMPLE)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--hand", action="store_true")
    parser.add_argument("--near", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--report", type=Path, default=REPORT)
    chosen = parser.parse_args()

    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    modules = sorted(path.stem for path in (scratch.ROOT / "lib").glob("*.py"))
    mutants = by_hand(table)
    if not chosen.hand:
        each = [
            sampled(module, chosen.sample, chosen.seed)
            for module in modules
            if not DRAWN.search(module)
        ]
        # In turn, so that a run that is stopped has judged a sample of all.
        mutants += [m for turn in itertools.zip_longest(*each) for m in turn if m is not None]
    arguments = {
        (each["module"], _flat(each["line"]), _flat(each["becomes"])): each["why"]
        for each in table.get("argued", [])
    }
    if chosen.modules:
        mutants = [mutant for mutant in mutants if mutant.module in chosen.modules]
    if chosen.again:
        with chosen.report.open(encoding="utf-8", newline="") as file:
            last = {(r["module"], r["line"], r["becomes"]) for r in csv.DictReader(file)
                    if r["killed_by"] == "survived"}  # fmt: skip
        mutants = [m for m in mutants if (m.module, m.line, m.becomes) in last]

    print(f"{len(mutants)} faults, seed {chosen.seed}, {chosen.sample} generated a module")
    _preload()
    chosen.report.parent.mkdir(exist_ok=True)
    counts: Counter[str] = Counter()
    with scratch.copy() as root, chosen.report.open("w", encoding="utf-8", newline="") as file:
        seconds = intact(root)
        rows = csv.writer(file)
        rows.writerow(["module", "where", "line", "becomes", "killed_by", "seconds", "argued"])
        for number, mutant in enumerate(mutants, start=1):
            began = time.monotonic()
            killer = judge(root, mutant, seconds, chosen.near)
            why = arguments.get((mutant.module, mutant.line, mutant.becomes), "")
            kind = (
                "argued" if killer == "survived" and why
                else "survived" if killer == "survived"
                else "out of time" if killer.endswith("out of time")
                else "killed by the notebooks only" if ".ipynb" in killer
                else "killed by unit tests"
            )  # fmt: skip
            counts[kind] += 1
            took = round(time.monotonic() - began)
            rows.writerow([mutant.module, mutant.where, mutant.line, mutant.becomes, killer,
                           took, why])  # fmt: skip
            file.flush()
            print(
                f"[{number}/{len(mutants)}] {mutant.module} {mutant.where}: {mutant.line} -> "
                f"{mutant.becomes}\n    {killer} ({took} s){': ' + why if why else ''}",
                flush=True,
            )
    return verdict(counts)


def verdict(counts: Counter[str]) -> int:
    """Print the counts; 0 where enough faults are killed and every survivor is argued."""
    total = sum(counts.values())
    for kind, count in counts.most_common():
        print(f"{count:5} {kind}")
    real = total - counts["argued"]
    killed = real - counts["survived"]
    print(f"{killed} of {total} killed; of the {real} that do harm {killed / max(real, 1):.1%}")
    return 0 if counts["survived"] == 0 and killed >= REACHED * real else 1


if __name__ == "__main__":
    sys.exit(main())
