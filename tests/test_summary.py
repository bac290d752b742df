"""The last lines of a failing run say what failed: seen on a small broken project."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
MARKDOWN = """```{table} A table
:name: tab-a
:class: figures

|  | Model 1 |
|:--|--:|
| LM | 0.501\\*\\* |
|  | (2.13) |
| IA | 0.287\\* |
```
"""
SHOW = """class Show(dict):
    def _repr_mimebundle_(self, include=None, exclude=None):
        return self
    def __repr__(self):
        return self["text/plain"]
"""
TESTS = """import pytest
def test_fine():
    assert True
def test_wrong():
    found = 3
    assert found == 4, "the sum\\nis 3, expected 4"
def test_bare():
    assert {0} == {1}
@pytest.fixture
def broken():
    raise OSError("no such thing")
def test_error(broken):
    assert broken
"""


def code(source, *outputs):
    return nbformat.v4.new_code_cell(source, execution_count=1, outputs=list(outputs))


def result(**data):
    return nbformat.v4.new_output("execute_result", data=data, execution_count=1)


def write(path, *cells):
    nbformat.write(nbformat.v4.new_notebook(cells=[*cells]), path)


def run(folder, *arguments):
    (folder / "conftest.py").write_text('pytest_plugins = ["summary"]\n')
    (folder / "pytest.ini").write_text("[pytest]\n")
    paths = [ROOT, ROOT / "tests", ROOT / "book" / "_tools"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "-ra", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()


@pytest.fixture(scope="module", params=["0", "2"], ids=["one process", "two workers"])
def lines(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("broken")
    (folder / "test_own.py").write_text(TESTS, encoding="utf-8")
    shown = {
        "text/plain": "A table",
        "text/markdown": MARKDOWN.replace("(2.13)", "(2.31)"),
    }
    table = {"text/plain": "A table", "text/markdown": MARKDOWN}
    write(
        folder / "one.ipynb",
        code(f"{SHOW}Show({table})", result(**shown)),
        code("print('a')\nprint(3)", nbformat.v4.new_output("stream", text="a\n4\n")),
        code("missing  # is not there"),
    )
    mime = "application/vnd.belt.results+json"
    record = f"{SHOW}Show({ {mime: {'a.b': '0.1', 'a.c': '2'}, 'text/plain': ''} })"
    recorded = {mime: {"a.b": "0.2"}, "text/plain": ""}
    steps = [code(f"undefined_{number}") for number in range(5)]
    write(folder / "two.ipynb", code(record, result(**recorded)), *steps)
    write(folder / "three.ipynb", code("1 + 1", result(**{"text/plain": "2"})))
    page = {"text/plain": "same", "text/html": "<p>one</p>"}
    write(folder / "four.ipynb", code(f"{SHOW}Show({page})", result(**page | {"text/html": "<i>"})))
    return run(folder, "-n", request.param, "--dist", "loadfile")


def block(lines):
    (start,) = (number for number, line in enumerate(lines) if "= What failed =" in line)
    assert re.search(r"\d (?:failed|error)\S* .*in \d", lines[start - 1]), (
        "below pytest's last line"
    )
    return lines[start + 1 :]


def after(lines, first):
    found = block(lines)
    assert first in found, "\n".join(lines)
    return found[found.index(first) + 1 :]


def test_a_table_names_row_and_column(lines):
    following = after(lines, "one.ipynb, cell 0: class Show(dict):")
    assert following[0] == "  tab-a, LM, Model 1 (2): expected (2.31), found (2.13)"


def test_a_printed_line_names_its_line(lines):
    following = after(lines, "one.ipynb, cell 1: print('a')")
    assert following[0] == "  `print('a')`, line 2: expected 4, found 3"


def test_a_cell_that_raises_says_so(lines):
    following = after(lines, "one.ipynb, cell 2: missing  # is not there")
    assert following[0] == "  expected no error, found NameError: name 'missing' is not defined"


def test_recorded_figures_are_named_by_key_and_more_than_three_cells_counted(lines):
    following = after(lines, "two.ipynb, cell 0: class Show(dict):")
    assert following[:2] == [
        "  a.b: expected 0.2, found 0.1",
        "  a.c: expected nothing, found 2",
    ]
    assert "two.ipynb: 3 more cells failed" in block(lines)
    assert not any("undefined_2" in line for line in block(lines))


def test_the_same_figures_in_another_form_name_the_form(lines):
    following = after(lines, "four.ipynb, cell 0: class Show(dict):")
    assert following[0] == "  text/html: expected '<i>', found '<p>one</p>'"


def test_other_tests_say_the_first_lines_of_their_message(lines):
    assert after(lines, "test_own.py::test_wrong")[:2] == [
        "  AssertionError: the sum",
        "  is 3, expected 4",
    ]
    assert after(lines, "test_own.py::test_bare")[0] == "  assert {0} == {1}"
    assert after(lines, "test_own.py::test_error")[0] == "  OSError: no such thing"


def test_what_passes_is_not_named(lines):
    assert not any("test_fine" in line or "three.ipynb" in line for line in block(lines))


def test_a_run_without_failures_ends_as_pytest_ends_it(tmp_path):
    write(tmp_path / "three.ipynb", code("1 + 1", result(**{"text/plain": "2"})))
    assert "1 passed" in run(tmp_path)[-1]


def test_many_failures_are_cut_and_counted(tmp_path):
    many = (
        "import pytest\n@pytest.mark.parametrize('n', range(40))\ndef test(n):\n    assert n < 0\n"
    )
    (tmp_path / "test_many.py").write_text(many, encoding="utf-8")
    found = block(run(tmp_path))
    assert found[0] == "test_many.py::test[0]"
    assert len(found) <= 31
    assert found[-1].endswith("more failed: they are listed above")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "test_bad.py").write_text("import nothing_of_this_name\n", encoding="utf-8")
    found = run(tmp_path)
    assert "test_bad.py" in block(found)[0]
    assert "nothing_of_this_name" in "".join(block(found))
