"""See every alarm ring: break a scratch copy on purpose, one fault at a time (``make drill``).

A check that cannot fail is no check.  Each fault below is put into a fresh copy of the project,
and the part of ``make test`` that is meant to notice must turn red, naming what is expected.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import scratch


@dataclass(frozen=True)
class Fault:
    """A way to break the project, what must notice it, and what the report must say."""

    what: str
    do: Callable[[Path], None]
    tests: tuple[str, ...]
    says: str


def replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Replace the first ``old`` in a file."""

    def do(root: Path) -> None:
        path = root / name
        text = path.read_text(encoding="utf-8")
        if old not in text:
            raise SystemExit(f"drill: {name} no longer holds {old!r}: the drill needs mending")
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return do


def both(*steps: Callable[[Path], None]) -> Callable[[Path], None]:
    def do(root: Path) -> None:
        for step in steps:
            step(root)

    return do


def strip(name: str) -> Callable[[Path], None]:
    """Take the outputs and execution counts out of a notebook."""

    def do(root: Path) -> None:
        path = root / name
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"], cell["execution_count"] = [], None
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    return do


def remove(name: str) -> Callable[[Path], None]:
    return lambda root: (root / name).unlink()


BOOK = "tests/test_book.py"
PAIRS = "tests/test_notebooks.py"
FAULTS = (
    Fault(
        "a figure of a printed table is changed",
        replace("data/published/table1.csv", "0.501", "0.502"),
        ("tests/test_published.py",),
        "0.50",
    ),
    Fault(
        "a cell of the indicator panel is changed",
        replace("data/indicators.csv", "0.427564", "0.527564"),
        ("tests/test_data.py",),
        "FAILED",
    ),
    Fault(
        "a notebook is stripped of its outputs",
        strip("notebooks/04-3-periods.ipynb"),
        (PAIRS,),
        "executed_from_top_to_bottom[04-3-periods]",
    ),
    Fault(
        "a text is edited and its notebook is not",
        replace("book/04-3-periods.md", "columns_of(2)", "columns_of(3)"),
        (PAIRS,),
        "in_sync[04-3-periods]",
    ),
    Fault(
        "a notebook raises",
        both(
            replace("book/data.md", "panel.load_cities()", "panel.load_cities('none.csv')"),
            replace(
                "notebooks/data.ipynb", "panel.load_cities()", "panel.load_cities('none.csv')"
            ),
        ),
        ("notebooks/data.ipynb",),
        "none.csv",
    ),
    Fault(
        "a function of lib gives another number than the page shows",
        replace("lib/specifications.py", "scaled: bool = True", "scaled: bool = False"),
        ("notebooks/04-1-overall.ipynb",),
        "reference_output == test_output failed",
    ),
    Fault(
        "a figure no longer shows what lib computes",
        replace("lib/figures.py", '100 * part["growth"]', '10 * part["growth"]'),
        ("notebooks/03-model-and-data.ipynb",),
        "Chart: Beta-",
    ),
    Fault(
        "a recorded figure is changed in the results file",
        replace("notebooks/results.csv", "ledger.cells,23", "ledger.cells,24"),
        (PAIRS,),
        "test_results_file_holds_what_the_notebooks_recorded",
    ),
    Fault(
        "the prose quotes a figure that no notebook recorded",
        replace("book/index.md", "{result}`ledger.cells`", "{result}`ledger.cels`"),
        (BOOK,),
        "no figure named 'ledger.cels'",
    ),
    Fault(
        "a cross-reference is misspelt",
        replace("book/04-results.md", "{ref}`sec-table1`", "{ref}`sec-tabel1`"),
        (BOOK,),
        "sec-tabel1",
    ),
    Fault(
        "a citation is misspelt",
        replace("book/04-results.md", "arellano1987computing", "arelano1987computing"),
        (BOOK,),
        "arelano1987computing",
    ),
    Fault(
        "a page of the contents does not exist",
        remove("book/glossary.md"),
        (BOOK,),
        "book/glossary",
    ),
    Fault(
        "a page is left out of the contents",
        replace("_toc.yml", "      - file: notebooks/ledger\n", ""),
        (BOOK,),
        "notebooks/ledger",
    ),
    Fault(
        "a figure has no alternative text",
        both(
            replace("book/03-model-and-data.md", "image:\n    alt: Map", "image:\n    alt: M #"),
            replace("notebooks/03-model-and-data.ipynb", '"alt": "Map of', '"alt": "M", "was": "'),
        ),
        (BOOK,),
        "has alt text",
    ),
    Fault(
        "a pin of the lock is changed",
        replace("requirements.txt", "linearmodels==7.1", "linearmodels==7.0"),
        ("tests/test_environment.py",),
        "linearmodels",
    ),
    Fault(
        "solutions stay in the student's edition",
        replace(
            "book/_tools/gates.py",
            "left = [part for part in own if part.kind not in kinds]",
            "left = own",
        ),
        ("tests/test_editions.py",),
        "test_student_edition_has_no_solution_in_any_file",
    ),
    Fault(
        "a starter notebook lacks part of its set-up",
        replace(
            "book/_tools/setups.py",
            "(statement.binds | statement.changes) & wanted",
            "statement.binds & wanted",
        ),
        ("tests/test_exercises.py",),
        "test_setup_is_all_that_the_solutions_need",
    ),
    Fault(
        "an equation loses the line that names its function",
        replace(
            "book/07-feasibility.md", "In code: {py:func}`lib.feasibility.information`.\n\n", ""
        ),
        ("tests/test_api.py::test_every_numbered_equation_names_its_function_or_has_a_reason_not_to",),
        "eq-information",
    ),
    Fault(
        "files that a page opens are no longer noted",
        replace("book/_tools/opened.py", "sys.addaudithook(note)", "pass"),
        ("tests/test_computed.py::test_files_that_are_read_are_noted_and_no_others",),
        "data/of-a-child.csv",
    ),
    Fault(
        "conda users would get other pins",
        replace("environment.yml", "--requirement requirements.txt", "linearmodels"),
        ("tests/test_environment.py",),
        "environment.yml must point pip at the lock",
    ),
)


def main() -> int:
    silent = []
    for number, fault in enumerate(FAULTS, start=1):
        with scratch.copy() as root:
            fault.do(root)
            done = scratch.run(root, "-m", "pytest", "-q", "-p", "no:cacheprovider", *fault.tests)
        report = done.stdout + done.stderr
        rang = done.returncode == 1 and fault.says in report
        print(f"[{number}/{len(FAULTS)}] {'red' if rang else 'SILENT'}: {fault.what}", flush=True)
        if not rang:
            silent.append(fault.what)
            print(f"exit {done.returncode}, looked for {fault.says!r}\n{report[-2000:]}")
    print(f"{len(FAULTS) - len(silent)} of {len(FAULTS)} faults turned the tests red")
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main())
