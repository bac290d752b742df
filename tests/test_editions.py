"""Three editions from one source: what one leaves out is in none of its files.

Solutions are cut out of the sources here by a plain search for their gates, not by the code that
is tested, and looked for as runs of words in everything that the student's edition consists of.
"""

from __future__ import annotations

import fcntl
import html as markup
import json
import re
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import editions
import gates
import nbformat
import pytest
import starters
import yaml
from conftest import ROOT
from sphinx.search.en import SearchEnglish

import notebooks

SOLUTION = re.compile(r"\{solution-start\}.*?\{solution-end\}", re.S)
TEACHING = re.compile(r"^:::\{admonition\}[^\n]*\n:class: teaching\n.*?^:::$", re.S | re.M)
CODE = re.compile(r"```\{code-cell\}[^\n]*\n(?:---\n.*?---\n|:tags:[^\n]*\n)?(.*?)```", re.S)
SOURCES = {page.stem: page.read_text(encoding="utf-8") for page in (ROOT / "book").glob("*.md")}
PAGES = sorted(name for name, text in SOURCES.items() if SOLUTION.search(text))
MEDIA = {".png", ".svg", ".woff", ".woff2", ".ttf", ".eot", ".ico", ".map"}


@pytest.fixture(scope="module")
def built(tmp_path_factory, worker_id):
    """A function that gives the folder of an edition, built once a test run."""
    common = tmp_path_factory.getbasetemp()
    common = common if worker_id == "master" else common.parent

    def folder(edition: str) -> Path:
        output, done = common / f"edition-{edition}", common / f"{edition}-status"
        with (common / f"{edition}-lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                done.write_text(str(editions.render(edition, output)))
        assert done.read_text() == "0", f"{edition}: warnings or errors, printed by the first test"
        return output

    return folder


# -- What there is to find, and where it may be --------------------------------------------------


def words(text: str) -> str:
    """Letters and digits only, so that a text and its HTML, and code and its colours, agree."""
    return " ".join(re.findall(r"\w+", text.replace("_", " ")))


LIB = words("\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "lib").glob("*.py")))


def fragments(pattern: re.Pattern[str]) -> dict[str, set[str]]:
    """Runs of words of the passages that a pattern finds, by page, that stand nowhere else."""
    rest = words("\n".join(pattern.sub("\n", text) for text in SOURCES.values())) + LIB
    found: dict[str, set[str]] = {}
    for name, text in SOURCES.items():
        lines = [line for passage in pattern.findall(text) for line in passage.split("\n")]
        lines = [line for line in lines if not line.startswith((":", "```", "---"))]
        pieces = [words(piece) for line in lines for piece in re.split(r"\{\S+?\}`[^`]*`|`", line)]
        long = {piece for piece in pieces if len(piece) > 20 and piece.count(" ") >= 3}
        found[name] = {piece for piece in long if piece not in rest}
    return {name: pieces for name, pieces in found.items() if pieces}


def outputs() -> dict[str, set[str]]:
    """Lines that the code of solutions printed, by page."""
    found: dict[str, set[str]] = {}
    for pair in notebooks.pairs(ROOT):
        printed: dict[bool, list[str]] = {True: [], False: []}
        for cell in nbformat.read(pair.twin, as_version=4).cells:
            hidden = "remove-cell" in cell.metadata.get("tags", [])
            of_solution = "solution" in cell.metadata.get("tags", [])
            for output in cell.get("outputs", []) if not (hidden and of_solution) else []:
                text = output.get("text") or output.get("data", {}).get("text/plain", "")
                printed[of_solution] += map(words, text.split("\n"))
        rest = "\n".join(printed[False]) + words(SOLUTION.sub("", SOURCES[pair.name])) + LIB
        long = {line for line in printed[True] if len(line) > 20}
        found[pair.name] = {line for line in long if line not in rest}
    return {name: lines for name, lines in found.items() if lines}


def strings(value: object) -> Iterator[str]:
    """All strings of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        # The lines of a cell are one text.
        if all(isinstance(item, str) for item in value):
            yield "".join(value)
        else:
            for item in value:
                yield from strings(item)


def text_of(path: Path) -> str:
    """What a file says, in :func:`words`."""
    raw = path.read_bytes()
    if path.name == "objects.inv":
        raw = zlib.decompress(raw.split(b"zlib.\n", 1)[1])
    text = raw.decode("utf-8", errors="replace")
    if path.suffix == ".ipynb":
        text = "\n".join(strings(json.loads(text)))
    if path.suffix == ".html":
        text = markup.unescape(re.sub(r"<[^>]*>", "", text))
    return words(text)


@cache
def library(folder: Path) -> dict[Path, str]:
    """The text of every file of a folder, pictures and fonts apart."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path: text_of(path) for path in files if path.suffix not in MEDIA}


def leaks(texts: dict[Path, str], wanted: dict[str, set[str]]) -> list[tuple[str, str, str]]:
    """Page, words, and file in which they are found although they should be in none."""
    whole = "\n".join(texts.values())
    hits = [(name, piece) for name, pieces in wanted.items() for piece in pieces if piece in whole]
    return [
        (name, piece, path.name) for name, piece in hits for path, text in texts.items()
        if piece in text
    ]  # fmt: skip


def test_there_is_much_to_look_for():
    assert len(PAGES) >= 12
    said, printed = fragments(SOLUTION), outputs()
    assert set(PAGES) == set(said)
    assert min(map(len, said.values())) >= 10
    assert sum(map(len, printed.values())) >= 40


# -- The student's edition -----------------------------------------------------------------------


def test_student_edition_has_no_solution_in_any_file(built):
    texts = library(built("student"))
    assert len(texts) > 50
    for wanted in (fragments(SOLUTION), outputs()):
        found = leaks(texts, wanted)
        assert not found, f"{len(found)} passages of solutions, the first: {found[:3]}"
    for path, text in texts.items():
        if path.suffix in {".html", ".ipynb", ".md", ".inv"}:
            assert "solution start" not in text, path
    for path in built("student").rglob("*.html"):
        tags = re.findall(r'class="[^"]*\bsolution\b', path.read_text(encoding="utf-8"))
        assert not tags, path


def test_student_edition_has_the_exercises(built):
    texts = library(built("student"))
    for name in PAGES:
        cell = nbformat.v4.new_markdown_cell(SOURCES[name])
        pages = [path for path in texts if path.stem == name and path.suffix == ".html"]
        for title in re.findall(r"\{exercise-start\} (.+)", cell.source):
            assert any(words(title) in texts[path] for path in pages), f"{name}: {title}"


def test_what_only_solutions_say_cannot_be_searched_for(built):
    rest = words("\n".join(SOLUTION.sub("\n", TEACHING.sub("\n", t)) for t in SOURCES.values()))
    twins = [nbformat.read(pair.twin, as_version=4) for pair in notebooks.pairs(ROOT)]
    kept = [c for nb in twins for c in gates.without(nb.cells, {"solution"})]
    rest += words("\n".join(strings(json.loads(json.dumps([c.source for c in kept])))))
    said = words("\n".join(
        CODE.sub("", passage) for text in SOURCES.values() for passage in SOLUTION.findall(text)
    ))  # fmt: skip
    english = SearchEnglish({})
    known = {english.stem(word.lower()) for word in rest.split()}
    stems = {english.stem(word.lower()) for word in re.findall(r"\b[a-zA-Z]{6,}\b", said)} - known

    def index(edition: str) -> set[str]:
        text = (built(edition) / "searchindex.js").read_text(encoding="utf-8")
        return set(json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))["terms"])

    there = stems & index("instructor")
    assert len(there) >= 20, "too few words that only solutions have: the test sees nothing"
    # What the API pages say is in no source of the book.
    assert len(stems & index("student")) <= len(there) / 10, sorted(stems & index("student"))


def test_student_edition_does_not_lead_to_the_repository(tmp_path):
    path = tmp_path / "_config.yml"
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    config["repository"] = {"url": "https://example.org/book"}
    config["launch_buttons"] = {"binderhub_url": "https://example.org"}
    config["html"]["use_repository_button"] = True
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    editions._configure(path, "student")
    left = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert "example.org" not in path.read_text(encoding="utf-8")
    assert left["html"].keys() & {"use_repository_button"} == set()
    assert left["sphinx"] == config["sphinx"]


def test_the_search_for_solutions_sees_them_where_they_are(built):
    """The same search finds every passage in the instructor's pages and notebooks."""
    texts = library(built("instructor"))
    for name, pieces in fragments(SOLUTION).items():
        for suffix in (".html", ".ipynb", ".md"):
            here = [text for path, text in texts.items() if path.name == name + suffix]
            missing = {p for p in pieces if here and not any(p in text for text in here)}
            # Hidden cells are not on the page, and a formula is spelt differently there.
            most = len(pieces) / 3 if suffix == ".html" else 0
            assert len(missing) <= most, (name, suffix, missing)
    for name, lines in outputs().items():
        page = built("instructor") / "notebooks" / f"{name}.html"
        assert all(line in texts[page] for line in lines), name


def test_the_search_for_solutions_sees_a_broken_edition(tmp_path, monkeypatch):
    """If solutions were not taken out, the very test above would say so, for every page."""
    monkeypatch.setattr(gates, "without", lambda cells, kinds: cells)
    editions.stage("student", tmp_path / "stage")
    found = leaks(library(tmp_path / "stage"), fragments(SOLUTION) | {})
    assert {name for name, _, _ in found} == set(PAGES)


# -- Teaching notes, and the instructor's edition ------------------------------------------------


def test_teaching_notes_are_for_the_instructor_alone(built):
    notes = fragments(TEACHING)
    assert len(notes) >= 11
    for folder in (built("student"), ROOT / "notebooks"):
        found = leaks(library(folder), notes)
        assert not found, f"{folder.name}: {found[:3]}"
    texts = library(built("instructor"))
    for name, pieces in notes.items():
        page = texts[built("instructor") / "notebooks" / f"{name}.html"]
        assert all(piece in page for piece in pieces), name


def test_solutions_are_open_for_the_instructor_and_folded_for_the_reader(built, html):
    for name in PAGES:
        (file,) = (path.relative_to(html) for path in html.glob(f"*/{name}.html"))
        for folder, folded in ((built("instructor"), False), (html, True)):
            text = (folder / file).read_text(encoding="utf-8")
            classes = re.findall(r'<div class="([^"]*\bsolution\b[^"]*)"', text)
            assert classes, f"{name}: no solution"
            assert all(("dropdown" in found.split()) == folded for found in classes), name


def test_editions_number_alike(built, html):
    def numbers(folder: Path) -> dict[str, list[str]]:
        pattern = re.compile(r'class="(?:caption-number|eqno)">([^<]+)<')
        return {
            page.name: pattern.findall(page.read_text(encoding="utf-8"))
            for page in sorted(folder.glob("*/*.html"))
        }

    assert numbers(built("student")) == numbers(built("instructor")) == numbers(html)


def test_editions_show_what_was_computed_and_compute_nothing(tmp_path):
    for edition in editions.EDITIONS:
        editions.stage(edition, tmp_path / edition)
        for pair in notebooks.pairs(ROOT):
            twin = nbformat.read(pair.twin, as_version=4).cells
            staged = tmp_path / edition / "notebooks" / f"{pair.name}.ipynb"
            cells = nbformat.read(staged, as_version=4).cells
            outputs_of = {c.source: c.outputs for c in twin if c.cell_type == "code"}
            code = [c for c in cells if c.cell_type == "code"]
            assert all(c.outputs == outputs_of[c.source] for c in code), pair.name
            dropped = len(outputs_of) - len({c.source for c in code})
            wanted = edition == "student" and "{solution-start}" in str(twin)
            assert (dropped > 0) == wanted, pair.name


def test_there_are_two_other_editions():
    with pytest.raises(ValueError, match="expected one of instructor, student"):
        editions.edited([], "teacher")


def test_a_page_whose_gates_do_not_pair_is_named(tmp_path, monkeypatch):
    root = tmp_path / "root"
    (root / "book").mkdir(parents=True)
    (root / "_config.yml").write_text("title: A\n", encoding="utf-8")
    (root / "book" / "page.md").write_text("```{solution-end}\n```\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"book/page\.md: solution-end without solution-start"):
        editions.stage("student", tmp_path / "stage", root)


# -- Starter notebooks ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(built, tmp_path_factory) -> list[Path]:
    return starters.make(built("student"), tmp_path_factory.mktemp("starters"))


def test_each_chapter_with_exercises_has_a_starter(made):
    pairs = {pair.name for pair in notebooks.pairs(ROOT)}
    assert {path.stem for path in made} == pairs & set(PAGES)


def test_starters_have_every_exercise_and_room_for_an_answer(made, built):
    for path in made:
        cells = nbformat.read(path, as_version=4).cells
        asked = re.findall(r"\{exercise-start\} (.+)", SOURCES[path.stem])
        at = [n for n, cell in enumerate(cells) if cell.source.startswith("## Exercise ")]
        assert len(at) == len(asked) >= 5
        page = text_of(built("student") / "notebooks" / f"{path.stem}.html")
        for n, title in zip(at, asked, strict=True):
            heading = cells[n].source.splitlines()[0]
            assert heading.endswith(f"({title})")
            assert words(heading) in page, f"{path.stem}: {heading} is numbered otherwise"
            assert cells[n + 1].cell_type == "code" and cells[n + 1].source == starters.EMPTY
        assert "you will be able to**" in cells[0].source
        assert any(cell.source == "## Set-up" for cell in cells[: at[0]])


def test_starters_have_no_answer_and_no_output(made):
    texts = {path: text_of(path) for path in made}
    for pattern in (SOLUTION, TEACHING):
        found = leaks(texts, fragments(pattern))
        assert not found, found[:3]
    for path in made:
        for cell in nbformat.read(path, as_version=4).cells:
            assert not cell.get("outputs") and cell.get("execution_count") is None


def test_starters_read_well_without_sphinx(made):
    for path in made:
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                leaking = re.findall(r"\{[\w:-]+\}`|:::|^:\w+:|```\{|\$\$ \(", cell.source, re.M)
                assert not leaking, f"{path.stem}: {cell.source}"


def test_a_starter_runs_in_a_kernel(made):
    """``make starters`` runs them all; here the one with the shortest set-up."""
    shortest = min(made, key=lambda path: path.stat().st_size)
    assert starters.check(shortest) > 0


def test_a_starter_that_raises_is_seen(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("undefined_name")])
    nbformat.write(notebook, tmp_path / "broken.ipynb")
    with pytest.raises(Exception, match="undefined_name"):
        starters.check(tmp_path / "broken.ipynb")


PLAIN = """
Use {result}`figure.one` of {numref}`tab-a`, {eq}`eq-a`, {ref}`sec-a`, {term}`Belt <the Belt>`:

```{math}
:label: eq-b
a = b
```

:::{hint}
Look at {ref}`the first <ex-a>`.
:::

$$
c = d
$$ (eq-c)
"""


def test_references_become_what_the_book_shows(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / notebooks.RESULTS).write_text("key,value,notebook\nfigure.one,7,a\n")
    (tmp_path / "html" / "page").mkdir(parents=True)
    (tmp_path / "html" / "page" / "a.html").write_text(
        '<table id="tab-a"><caption><span class="caption-number">Table 1.2 </span>A</caption>'
        '<div class="math" id="equation-eq-a"><span class="eqno">(1.3)<a>#</a></span>'
        '<span id="sec-a"></span><h2><span class="section-number">1.1. </span>A &amp; B<a class='
    )
    found = starters.plain(PLAIN, tmp_path / "html", tmp_path)
    assert "Use 7 of Table 1.2, (1.3), A & B, Belt:" in found
    assert "Look at the first." in found
    assert found.count("$$") == 4 and "eq-" not in found and ":::" not in found


def test_a_label_that_the_book_does_not_have_is_named(tmp_path):
    with pytest.raises(SystemExit, match="tab-none is nowhere"):
        starters.plain("{numref}`tab-none`", tmp_path)
    with pytest.raises(SystemExit, match="no plain form of"):
        starters.plain("{download}`file`", tmp_path)


def test_citations_become_names_and_years():
    found = starters.plain("{cite:t}`hoover1936measurement`, {cite:p}`hoover1936measurement`")
    assert found == "Hoover (1936), (Hoover, 1936)"
