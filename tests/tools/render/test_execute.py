"""A page is executed with its figures, refused with a cause, and fresh as long as it is true."""

import asyncio
import json
import os
import subprocess
import sys

import pytest

from tools.render import book, execute, expressions, fresh, notebooks, results


def after(pair, name, *changes):
    """Why a page is not fresh once a file of its project has changed."""
    path = pair.root / name
    before = text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    reason = fresh.merged(pair)[1]
    path.write_text(before)
    return reason


def test_a_twin_is_fresh_until_what_it_came_from_changes(project):
    (pair,) = notebooks.pairs(project)
    assert fresh.merged(pair)[1] == "it was never executed"
    assert book.refresh(project) == "1 notebook(s) executed; charts that differ: none"
    notebook, reason = fresh.merged(pair)
    assert not reason
    assert pair.twin.read_text() == notebooks.serialised(notebook)
    assert [cell.metadata.get("user_expressions") is not None for cell in notebook.cells] == [
        True, False, True
    ]  # fmt: skip
    assert results.text(project).splitlines()[1:] == [
        "demo,1,answer,42",
        "demo,1,used.double(answer),84",
    ]
    inputs = fresh.noted(pair.root)["demo"]
    modules = ["lib/__init__.py", "lib/unused.py", "lib/used.py"]
    files = ["data/x.csv", *modules, "requirements.txt"]
    assert list(inputs) == [fresh.CELLS, fresh.OUTPUTS, *files]

    assert not after(pair, "data/y.csv", ("", "1"))
    assert not after(pair, "book/demo.md", ("Twice", "Two times"))
    for says_nothing in ('"""Twice."""\n', "# as defined\n"):
        said = f"    {says_nothing}    return FACTOR"
        assert not after(pair, "lib/used.py", ("    return FACTOR", said))
    for name, old, new in (
        ("used", "FACTOR * x", "x * FACTOR"),
        ("used", "return near", "return"),
        ("unused", "return x", "return 0"),
        ("unused", "def", "def def"),
    ):
        assert after(pair, f"lib/{name}.py", (old, new)) == f"lib/{name}.py changed or went"
    for name, *change in (("data/x.csv", "21", "22"), ("requirements.txt", "numpy", "numpy==2")):
        assert after(pair, name, change) == f"{name} changed or went"
    for change in (("print(", "repr("), ("`answer`", "`answer + 1`")):
        assert after(pair, "book/demo.md", change) == "its code or expressions changed"
    for old in ("the answer 42", '"text/plain": "84"'):
        reason = after(pair, "notebooks/demo.ipynb", (old, old.replace("4", "5")))
        assert reason == "its outputs are not those that were computed"
    assert book.refresh(project).startswith("0 notebook(s)")
    (project / "data" / "x.csv").unlink()
    assert fresh.merged(pair)[1] == "data/x.csv changed or went"


def test_an_input_that_was_edited_meanwhile_makes_the_twin_stale(project):
    (pair,) = notebooks.pairs(project)
    edit = 'with open("../data/x.csv", "r+") as file: file.write("22")'
    pair.text.write_text(pair.text.read_text().replace("print(", f"{edit}\nprint("))
    asyncio.run(execute.computed(pair))
    assert fresh.merged(pair)[1] == "data/x.csv changed or went"


def test_a_figure_that_is_none_stops_the_build_with_its_sentence(project, capsys):
    (pair,) = notebooks.pairs(project)
    page = pair.text.read_text()
    pair.text.write_text(page + "\nHalf {eval}`answer / 2`, or {eval}`unknown`.\n")
    with pytest.raises(SystemExit, match="1 notebook"):
        book.refresh(project)
    said = capsys.readouterr().err
    assert "book/demo.md: 2 of 4 expressions" in said
    assert "{eval}`answer / 2` gives 21.0; expected a str or an int" in said
    assert "{eval}`unknown` NameError: name 'unknown' is not defined" in said
    assert "in: Half {eval}`answer / 2`, or {eval}`unknown`." in said
    assert not pair.twin.exists()

    two = "\n```{code-cell} ipython3\n---\ntable:\n  caption: Two\n---\nprint(1)\nanswer\n```\n"
    for text, words in (
        (page.replace("int(Path", "int('x' + Path"), r"(?s)demo\.md, \[1\] raised.*: 'x21'$"),
        (page + two, r"\[2\] has a caption; found 2 outputs, expected"),
    ):
        pair.text.write_text(text)
        with pytest.raises(execute.PageError, match=words):
            asyncio.run(execute.computed(pair))


def test_nbval_says_what_was_expected_and_found(project):
    """A solution changes nothing of what the page opens with; at the end its name is the last's."""
    (pair,) = notebooks.pairs(project)
    solution = "\n```{code-cell} ipython3\n:tags: [solution]\n\nanswer = 43\n```\n"
    formed = "from IPython.display import HTML\n\nHTML(f'<b>It is</b>\\n<i>{answer}</i>')"
    formed = f"\n```{{code-cell}} ipython3\n{formed}\n```\n"
    pair.text.write_text(pair.text.read_text() + formed + solution)
    asyncio.run(execute.computed(pair))
    assert "demo,1,answer,42" in results.text(project)
    twin = json.loads(pair.twin.read_text())
    twin["cells"][2]["metadata"][expressions.KEPT][0]["result"]["data"]["text/plain"] = "85"
    twin["cells"][1]["outputs"][0]["text"] = ["the answer 43\n"]
    twin["cells"][3]["outputs"][0]["data"]["text/html"] = "<b>It is</b>\n<i>43</i>"
    pair.twin.write_text(json.dumps(twin))
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "1", pair.twin]
    # From another folder, with no path to the project: its `conftest.py` makes them.
    done = subprocess.run(command, cwd=project.parent, env=bare, capture_output=True, text=True)
    assert done.returncode == 1 and "4 failed" in done.stdout
    for line in (
        "the answer 43",
        "{eval}`used.double(answer)`: expected 85, found 84; in: Twice",
        "<i>43</i>",
        "{eval}`answer`: expected 42, found 43; in: ",  # figures at the end
    ):
        assert line in done.stdout
