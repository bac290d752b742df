"""The fold "How this page was computed": files really opened, functions really called."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import computed
import jupytext
import nbformat
import pdf
import pytest
from bs4 import BeautifulSoup

import notebooks

ROOT = Path(__file__).resolve().parents[1]
PAIRS = notebooks.pairs(ROOT)
TEXT = notebooks.HEAD + """
# A page

```{code-cell} ipython3
import os
from pathlib import Path

import pandas as pd

rows = pd.read_csv("../data/part/read.csv")
rows.to_csv("../data/written.csv")
Path("../elsewhere.csv").read_text()
Path("../data.csv").read_bytes()
try:
    open(b"../data/bytes.csv")
    open("../data/missing.csv")
except FileNotFoundError as error:
    print(type(error).__name__)
```

```{code-cell} ipython3
child = os.fork()
if not child:
    os.close(os.open("../data/of-a-child.csv", os.O_RDONLY))
    os._exit(0)
os.waitpid(child, 0)[1], sorted(name for name in dir() if "watch" in name)
```
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> notebooks.Pair:
    """A page of a project of its own, executed."""
    root = tmp_path_factory.mktemp("project with a space")
    names = ("data/part/read.csv", "data/of-a-child.csv", "data/never.csv", "data.csv")
    for name in (*names, "elsewhere.csv", "requirements.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("a\n1\n")
    (root / "book").mkdir()
    (root / "notebooks").mkdir()
    (root / "book" / "page.md").write_text(TEXT)
    (root / "data" / "bytes.csv").write_text("")
    # As the page writes it: a page that changes the data is not fresh, which is another matter.
    (root / "data" / "written.csv").write_text(",a\n0,1\n")
    pair = notebooks.Pair(root, "page")
    notebooks.execute(pair, notebooks.state(root))
    return pair


def noted(pair: notebooks.Pair) -> list[str]:
    return json.loads(pair.twin.read_text(encoding="utf-8"))["metadata"]["belt"]["data"]


def test_files_that_are_read_are_noted_and_no_others(made):
    assert noted(made) == ["data/bytes.csv", "data/of-a-child.csv", "data/part/read.csv"]


def test_noting_leaves_no_trace_in_the_outputs(made):
    cells = [c for c in nbformat.read(made.twin, as_version=4).cells if c.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == [1, 2]
    assert [output.text for output in cells[0].outputs] == ["FileNotFoundError\n"]
    assert cells[1].outputs[0].data["text/plain"] == "(0, [])"


def test_a_twin_keeps_its_list_and_its_bytes(made):
    before = made.twin.read_bytes()
    assert notebooks.serialised(notebooks.merged(made)).encode() == before
    notebooks.execute(made, "surroundings")
    assert made.twin.read_bytes() == before


def test_a_twin_without_a_list_is_executed_again(made):
    notebook = notebooks.merged(made)
    assert notebooks.is_fresh(made, notebook, notebooks.state(made.root))
    del notebook.metadata["belt"]
    assert not notebooks.is_fresh(made, notebook, notebooks.state(made.root))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_every_twin_names_files_that_there_are(pair):
    for name in noted(pair):
        assert name.startswith("data/")
        assert not name.startswith("data/raw/"), "a yearbook of one's own is on no committed page"
        assert (ROOT / name).is_file()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("ledger", "data/published/table3.csv"), ("15-multiverse", "data/multiverse.csv")],
)
def test_pages_name_the_files_that_they_are_about(name, expected):
    if not (ROOT / expected).exists():
        pytest.fail(f"{expected} has another name now: mend this test")
    assert expected in noted(notebooks.Pair(ROOT, name))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["from lib import panel\npanel.load_indicators()"], ["lib.panel.load_indicators"]),
        (["from lib import panel as p", "p.load_cities"], ["lib.panel.load_cities"]),
        (["import lib.panel as p\np.sample(1)"], ["lib.panel.sample"]),
        (["import lib.panel\nlib.panel.sample(1)"], ["lib.panel.sample"]),
        (["from lib.which41 import Study as S\nS.of(1)"], ["lib.which41.Study.of"]),
        (["from lib.panel import DataError\nraise DataError"], ["lib.reading.DataError"]),
        # Constants are no functions, an import alone is no use, another's `panel` is not ours.
        (["from lib.specifications import BASELINE\nBASELINE.sample"], []),
        (["from lib.panel import sample"], []),
        (["from other import panel\npanel.sample(1)"], []),
        # By the module that defines it, not the one that it was taken from.
        (["from lib import indicators\nindicators.DataError"], ["lib.reading.DataError"]),
        (["def f():\n    from lib import panel\n    return map(panel.sample, [])"],
         ["lib.panel.sample"]),
    ],
)
def test_functions_that_code_names(cells, expected):
    assert computed.functions(cells) == expected


@pytest.mark.parametrize("name", ["05-policy"])
def test_functions_that_a_page_calls_are_those_that_it_lists(name, monkeypatch):
    """The cells are run, and what they call directly is watched."""
    cells = [c.source for c in jupytext.read(ROOT / "book" / f"{name}.md").cells
             if c.cell_type == "code"]
    called = set()

    def watch(frame, event, _):
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith("lib.") and frame.f_back:
            qualified = frame.f_code.co_qualname
            if frame.f_back.f_code.co_filename == "a cell" and "." not in qualified:
                called.add(f"{module}.{qualified}")

    monkeypatch.chdir(ROOT / "notebooks")
    space: dict[str, object] = {"display": lambda *_: None}
    before = sys.getprofile()
    try:
        for cell in cells:
            code = compile(cell, "a cell", "exec")
            sys.setprofile(watch)
            exec(code, space)
            sys.setprofile(before)
    finally:
        sys.setprofile(before)
    listed = set(computed.functions(cells))
    assert called
    assert called <= listed
    # What is listed and not called is a class or was handed on, and stands in the code.
    code = "\n".join(cells)
    assert all(found.rpartition(".")[2] in code for found in listed - called)


def fold(html: Path, page: str) -> BeautifulSoup | None:
    soup = BeautifulSoup((html / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    found = soup.select("article details.computed")
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_every_notebook_ends_in_a_fold_that_says_what_is_known(html, pair):
    found = fold(html, f"notebooks/{pair.name}")
    assert found, f"{pair.name}: no fold"
    assert not found.has_attr("open")
    assert found.find_next_sibling() is None, "something follows the fold"
    data, functions, seconds = found.find_all("dd")
    files = [code.get_text() for code in data.find_all("code")]
    assert files == noted(pair)
    assert files or data.get_text(strip=True) == computed.NO_DATA
    links = [link["href"].partition("#")[2] for link in functions.find_all("a")]
    cells = [c.source for c in nbformat.read(pair.twin, as_version=4).cells
             if c.cell_type == "code"]
    # The command line is a module that no page describes: named, and no link.
    expected = [name for name in computed.functions(cells) if "__main__" not in name]
    assert links == expected, f"{pair.name}: a function has no link"
    if pair.stamp.exists():
        known = json.loads(pair.stamp.read_text(encoding="utf-8"))["seconds"]
        assert seconds.get_text(strip=True).startswith(f"{known:.1f} seconds")
    else:
        assert seconds.get_text(strip=True) == computed.UNKNOWN_TIME


def test_prose_has_no_fold_and_paper_neither(html):
    for page in pdf.contents():
        if not page.startswith("notebooks/"):
            assert fold(html, page) is None, page
    assert "details" in str(fold(html, "notebooks/ledger"))
    read = {"notebooks/ledger": BeautifulSoup(
        (html / "notebooks" / "ledger.html").read_text(encoding="utf-8"), "html.parser")}
    assert computed.SUMMARY not in pdf.article(html, "notebooks/ledger", read).get_text()


def test_what_is_not_known_is_said(tmp_path):
    text = "".join(node.astext() for node in computed._data({"metadata": {}}))
    assert text == computed.UNKNOWN_DATA
    text = "".join(node.astext() for node in computed._time(tmp_path / "none.json"))
    assert text == computed.UNKNOWN_TIME
