"""Every computed chapter teaches: objectives, exercises, solutions that run, a teaching note."""

from __future__ import annotations

import ast
import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import gates
import jupytext
import nbformat
import pytest
import setups
from conftest import ROOT

import notebooks

CHAPTERS = [pair for pair in notebooks.pairs(ROOT) if re.match(r"\d\d", pair.name)]
PROSE = sorted({*(ROOT / "book").glob("*.md")} - {pair.text for pair in notebooks.pairs(ROOT)})
OBJECTIVES = re.compile(
    r"\*\*By the end of this (?:chapter|section) you will be able to\*\*\n\n((?:(?:- |  ).*\n)+)"
)
each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda pair: pair.name)


def cells_of(chapter):
    return jupytext.read(chapter.text, fmt=notebooks.FORMAT).cells


def code_of(cells, kind):
    found = gates.parts(cells)
    return [p for p in found if p.kind == kind and cells[p.cell].cell_type == "code"]


def markdown(source):
    return nbformat.v4.new_markdown_cell(source)


def test_there_are_chapters():
    assert len(CHAPTERS) >= 11


@each_chapter
def test_chapter_opens_with_objectives(chapter):
    found = OBJECTIVES.findall(chapter.text.read_text(encoding="utf-8"))
    assert len(found) == 1, f"{chapter.name}: {len(found)} blocks of objectives, expected one"
    assert 3 <= len(re.findall(r"^- ", found[0], re.M)) <= 6, f"{chapter.name}: {found[0]}"


@each_chapter
def test_chapter_has_exercises_and_their_solutions(chapter):
    exercises = gates.exercises(cells_of(chapter))
    assert len(exercises) >= 5, f"{chapter.name}: {len(exercises)} exercises, expected five"
    for each in exercises:
        assert re.fullmatch(r"ex-[a-z0-9-]+", each.label), f"{chapter.name}: label {each.label}"
        assert each.title and each.text.strip(), f"{each.label}: no title or no text"
        assert each.solution or each.starred, f"{each.label}: no star, and no solution"


@each_chapter
def test_one_exercise_has_something_broken(chapter):
    solved = [each for each in gates.exercises(cells_of(chapter)) if each.solution]
    assert any(re.search(r"\bBreak\b", f"{each.title}\n{each.text}") for each in solved), (
        f"{chapter.name}: no exercise with a solution says 'Break it: ...'"
    )


@each_chapter
def test_solutions_run_and_are_folded(chapter):
    cells = cells_of(chapter)
    code = code_of(cells, "solution")
    assert code, f"{chapter.name}: no solution has code"
    for part in code:
        tags = cells[part.cell].metadata.get("tags", [])
        assert "solution" in tags, f"{part.label}: a code cell lacks the tag solution"
    for part in gates.parts(cells):
        block = next(gates.blocks(part.text), None)
        if part.gates and block.name == "solution-start":
            assert block.options.get("class") == "dropdown", f"{part.label}: not folded"


@each_chapter
def test_solutions_hold_nothing_with_a_number(chapter):
    """Tables, figures and equations have the same numbers in an edition without solutions."""
    for part in gates.parts(cells_of(chapter)):
        if part.kind in {"solution", "teaching"}:
            numbered = re.findall(
                r"\$\$ \(|caption=|mystnb:|^\([\w-]+\)=$|:name:|:label: (?!ex-)", part.text, re.M
            )
            assert not numbered, f"{chapter.name}, {part.label}: {numbered}"


@each_chapter
def test_chapter_has_a_teaching_note(chapter):
    notes = [p.text for p in gates.parts(cells_of(chapter)) if p.kind == "teaching"]
    assert notes, f"{chapter.name}: no admonition with the class teaching"
    heads = re.compile(r"^\*\*(Time|Common mistakes|To discuss)\.\*\*", re.M)
    halves = heads.split("\n".join(notes))
    said = dict(zip(halves[1::2], halves[2::2], strict=True))
    assert set(said) == {"Time", "Common mistakes", "To discuss"}, f"{chapter.name}: {set(said)}"
    for part in ("Common mistakes", "To discuss"):
        assert len(re.findall(r"^- ", said[part], re.M)) >= 2, f"{chapter.name}: {part}: two"


def test_labels_of_exercises_are_unique():
    labels = [each.label for chapter in CHAPTERS for each in gates.exercises(cells_of(chapter))]
    for page in PROSE:
        labels += [e.label for e in gates.exercises([markdown(page.read_text(encoding="utf-8"))])]
    assert len(labels) == len(set(labels)), sorted(x for x in labels if labels.count(x) > 1)


@pytest.mark.parametrize("prose", PROSE, ids=lambda path: path.stem)
def test_prose_pages_have_no_teaching_notes(prose):
    """The reading edition renders these files as they are; a note would be in it."""
    kinds = {part.kind for part in gates.parts([markdown(prose.read_text(encoding="utf-8"))])}
    assert "teaching" not in kinds


@each_chapter
def test_setup_is_all_that_the_solutions_need(chapter):
    """The code that a starter notebook begins with runs, and so do the solutions after it."""
    cells = cells_of(chapter)
    space: dict[str, object] = {}
    with redirect_stdout(io.StringIO()):
        for source in setups.setup(cells):
            exec(compile(source, f"{chapter.name}: set-up", "exec"), space)
        for part in code_of(cells, "solution"):
            exec(compile(part.text, f"{chapter.name}: {part.label}", "exec"), space)


@each_chapter
def test_setup_has_no_code_of_a_solution(chapter):
    cells = cells_of(chapter)
    page = {ast.dump(node) for p in code_of(cells, "prose") for node in ast.parse(p.text).body}
    for source in setups.setup(cells):
        assert {ast.dump(node) for node in ast.parse(source).body} <= page


# -- The gates themselves ----------------------------------------------------------------------

PAGE = """Before.

```{exercise-start} First
:label: ex-a
```
Do it.
```{exercise-end}
```

```{solution-start} ex-a
:class: dropdown
```
The answer."""
END = """Therefore.
```{solution-end}
```

:::{admonition} Teaching note
:class: teaching

Mind the gap.
:::

```python
# ::: in code is text
```

After."""


def page_cells():
    answer = nbformat.v4.new_code_cell("print(42)")
    answer.metadata["tags"] = ["solution"]
    return [markdown(PAGE), answer, markdown(END)]


def test_parts_lose_no_line():
    cells = page_cells()
    for number, cell in enumerate(cells):
        own = [part.text for part in gates.parts(cells) if part.cell == number]
        assert "\n".join(own) == cell.source


def test_each_line_is_told_apart():
    kinds = [(part.kind, part.text) for part in gates.parts(page_cells()) if not part.gates]
    assert ("exercise", "Do it.") in kinds
    assert ("solution", "print(42)") in kinds
    assert any(kind == "teaching" and "Mind the gap." in text for kind, text in kinds)
    prose = "".join(text for kind, text in kinds if kind == "prose")
    assert all(word in prose for word in ("Before.", "in code is text", "After."))


def test_what_is_taken_out_leaves_the_rest():
    left = gates.without(page_cells(), {"solution", "teaching"})
    text = "\n".join(cell.source for cell in left)
    assert [cell.cell_type for cell in left] == ["markdown", "markdown"]
    assert not re.search("answer|42|Therefore|gap|solution|teaching", text)
    assert all(word in text for word in ("Before.", "First", "Do it.", "# ::: in code", "After."))
    whole = gates.without(page_cells(), set())
    assert [cell.source for cell in whole] == [cell.source for cell in page_cells()]


def test_unfolding_touches_the_gate_alone():
    before = "\n".join(cell.source for cell in page_cells())
    after = "\n".join(cell.source for cell in gates.unfolded(page_cells()))
    assert after == before.replace(":class: dropdown\n", "")


def test_an_exercise_is_found_with_its_solution():
    (found,) = gates.exercises(page_cells())
    assert (found.label, found.title, found.text) == ("ex-a", "First", "Do it.")
    assert not found.starred
    answer = [part.text.strip() for part in found.solution]
    assert answer == ["The answer.", "print(42)", "Therefore."]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (PAGE, "never closed"),
        ("```{solution-end}\n```", "without solution-start"),
        (PAGE + "\n" + PAGE, "inside a solution"),
        ("```{exercise-start} No label\n```", "names no label"),
        ("```{solution} ex-a\nHidden.\n```", "hidden in"),
        (":::{note}\n```{solution-start} ex-a\n```\n:::", "hidden in"),
        (":::{note}\n:class: tip teaching\nHidden.\n:::", "hidden in"),
        (PAGE + "\n" + END + "\n" + PAGE + "\n" + END, "two exercises are labelled ex-a"),
        (PAGE.replace("-start} ex-a", "-start} ex-b") + "\n" + END, "to no exercise"),
    ],
)
def test_gates_that_do_not_pair_are_refused(source, says):
    with pytest.raises(gates.GateError, match=re.escape(says)):
        gates.exercises([markdown(source)])


def test_code_of_a_solution_outside_of_one_is_refused():
    with pytest.raises(gates.GateError, match="stands outside"):
        gates.parts(page_cells()[1:2])


# -- Following names ---------------------------------------------------------------------------


def a_page(*code, solution, text="Do it."):
    exercise = PAGE.replace("Do it.", text)
    answer = nbformat.v4.new_code_cell(solution)
    return [*map(nbformat.v4.new_code_cell, code), markdown(exercise), answer, markdown(END)]


@pytest.mark.parametrize(
    ("code", "solution", "expected"),
    [
        ("a = 1\nb = 2\nc = a + b", "print(c)", "a = 1\nb = 2\nc = a + b"),
        ("a = 1\nb = 2", "print(b)", "b = 2"),
        ("a = {}\na['k'] = 1\nshow(a)", "a", "a = {}\na['k'] = 1"),
        ("a = f()\na.columns = names", "a", "a = f()\na.columns = names"),
        ("a = []\nfor i in b:\n    a.add(i)\ni = 9", "a", "a = []\nfor i in b:\n    a.add(i)"),
        ("a = 1\na = 2", "a", "a = 2"),
        ("a = 1\nif flag:\n    a = 2", "a", "a = 1\nif flag:\n    a = 2"),
        ("x = 1\ny = [x for x in range(2)]", "y", "y = [x for x in range(2)]"),
        ("k = 2\ndef f(x):\n    return k * x", "f(1)", "k = 2\ndef f(x):\n    return k * x"),
        ("import numpy as np\nimport os", "np.pi", "import numpy as np"),
        ("a = 1", "for a in range(3):\n    print(a)", None),
        ("a = 1", "a = 3\nprint(a)", None),
    ],
)
def test_setup_keeps_what_is_needed_and_no_more(code, solution, expected):
    found = setups.setup(a_page("first()", code, solution=solution))
    assert found[0] == "first()"
    assert found[1:] == ([expected] if expected else [])


def test_setup_keeps_what_an_exercise_mentions():
    cells = a_page("first()", "panel = load()", solution="pass", text="Look at `panel.years`.")
    assert setups.setup(cells) == ["first()", "panel = load()"]


def test_the_text_of_the_oldest_form_is_gone():
    for page in Path(ROOT / "book").glob("*.md"):
        assert "{dropdown} Solution" not in page.read_text(encoding="utf-8"), page.name
