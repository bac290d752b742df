"""What failed, in the last lines of a test run: where, what was expected, what was found.

A plugin of pytest.  A notebook's cell says which figure moved, and a table which of its cells;
any other test says the first lines of its own message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile

import moved
import pytest

# So many lines are read; the report above them has everything.
WIDTH, EACH, MOST = 150, 2, 30
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Put what moved into the report while outputs are at hand; xdist hands the report on."""
    report = yield
    if report.failed and hasattr(item, "cell"):
        report.what_failed = _of_cell(item.cell, item.test_outputs or [], item.cell_num)
        report.notebook = item.parent.path.name
    return report


def _of_cell(cell: Mapping, outputs: Sequence[Mapping], number: int) -> list[str]:
    where = f"cell {number}: {moved.first_line(cell['source'])}"
    for output in outputs:
        if output.get("output_type") == "error":
            error = f"{output['ename']}: {output['evalue']}".strip().split("\n", 1)[0]
            return [where, f"expected no error, found {error}"]
    expected = moved.figures_of([(cell["source"], cell["outputs"])])
    found = moved.figures_of([(cell["source"], outputs)])
    moves = moved.between(*({("", k): v for k, v in each.items()} for each in (expected, found)))
    lines = [
        f"{move.what}: expected {_shown(move.old)}, found {_shown(move.new)}" for move in moves
    ]
    return [where, *(lines or [_of_form(cell["outputs"], outputs)])]


def _of_form(expected: Sequence[Mapping], found: Sequence[Mapping]) -> str:
    """Where the same figures are shown in another form, or other forms of them."""
    forms, others = ([_forms(output) for output in each] for each in (expected, found))
    for one, other in zip(forms, others, strict=False):
        for form in one.keys() & other.keys():
            if one[form] != other[form]:
                old, new = one[form], other[form]
                pairs = zip(old, new, strict=False)
                same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
                start = max(same - 12, 0)
                return f"{form}: expected {old[start:][:40]!r}, found {new[start:][:40]!r}"
    return f"expected {_listed(forms)}, found {_listed(others)}"


def _forms(output: Mapping) -> dict[str, str]:
    data = output.get("data", {})
    return {form: str(data[form]) for form in sorted(data)} or {"text": output.get("text", "")}


def _listed(forms: Sequence[Mapping]) -> str:
    return "; ".join(", ".join(each) for each in forms) or "no output"


def _shown(figure: str | None) -> str:
    return "nothing" if figure is None else figure or "an empty line"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session):
    """Print after all else, pytest's own last line included."""
    result = yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(session.config, "workerinput"):
        stats = reporter.stats
        lines = _lines([*stats.get("failed", []), *stats.get("error", [])])
        if lines:
            reporter.ensure_newline()
            reporter.section("What failed", bold=True)
            for line in lines:
                reporter.write_line(line)
    return result


def _lines(reports: Sequence) -> list[str]:
    """A few lines a failure, and three cells a notebook: the next ones follow from the first."""
    shown: list[str] = []
    rest = 0
    cells: dict[str, int] = {}
    for report in reports:
        notebook = getattr(report, "notebook", None)
        if notebook:
            cells[notebook] = cells.get(notebook, 0) + 1
            if cells[notebook] > 3:
                continue
            where, *what = report.what_failed
            entry = [f"{notebook}, {where}", *(f"  {line}" for line in what[:EACH])]
            if len(what) > EACH:
                entry.append(f"  and {len(what) - EACH} more figures of this cell")
        else:
            what = [line.strip() for line in _message(report).splitlines() if line.strip()]
            entry = [report.nodeid, *(f"  {line}" for line in what[: EACH + 1])]
            if len(what) > EACH + 1:
                entry.append(f"  and {len(what) - EACH - 1} more lines above")
        if len(shown) + len(entry) > MOST:
            rest += 1
            continue
        shown += entry
    shown += [f"{name}: {n - 3} more cells failed" for name, n in cells.items() if n > 3]
    if rest:
        shown.append(f"{rest} more failed: they are listed above")
    return [line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…" for line in shown]


def _message(report) -> str:
    """A test's own message, without the comparison that pytest puts below it."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash:
        return _COLOUR.sub("", crash.message)
    # A file that cannot be collected has its error in the lines that pytest marks.
    lines = _COLOUR.sub("", str(report.longrepr)).splitlines()
    return "\n".join([line[1:] for line in lines if line.startswith("E ")] or lines)
