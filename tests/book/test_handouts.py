"""What is handed out: the folder, one document to print, and starter notebooks."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
import venv
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import pytest
import test_editions as editions
from bs4 import BeautifulSoup
from pypdf import PdfReader

from tools.course import answers, checks, handout, starters
from tools.render import gates, notebooks, pdf

# Files that hold no text; MathJax holds nothing of the sources either.
BINARY = {".pdf", ".ttf", ".woff", ".woff2", ".png", ".ico"}
KEY = Path(handout.__file__).with_name("exam") / "key.md"
EXAM = {editions.words(part) for line in KEY.read_text("utf-8").splitlines()
        for part in line.split(". ") if len(part) > 24}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", ["", "student"])
def test_a_document_has_its_pages_and_no_solution_and_its_links_lead_to_them(html, name):
    document = BeautifulSoup(pdf.assemble(html, name=name), "html.parser")
    found = [each["id"] for each in document.find_all("article")]
    assert found == [*map(pdf.anchor, pdf.volume(html, name))]
    assert not document.select(".solution, article script")
    anchors = Counter(element["id"] for element in document.find_all(id=True))
    assert not [each for each, times in anchors.items() if times > 1]
    inside = {unquote(each["href"][1:]) for each in document.select('article [href^="#"]')}
    assert inside and inside <= anchors.keys()


def test_the_two_documents_have_all_pages_and_a_route_has_a_name(html):
    assert {*pdf.volume(html), *pdf.volume(html, "interface")} == {*pdf.contents()}
    with pytest.raises(SystemExit, match="referee"):
        pdf.route(html, "mayor")


def test_a_starter_has_the_set_up_and_the_exercises_and_no_solution(html):
    pair = notebooks.Pair(notebooks.ROOT, "04-1-overall")
    made = starters.starter(pair, html, seconds=17.5)
    text = "\n".join(cell.source for cell in made.cells)
    assert "It takes about 20 seconds." in text and "PanelOLS.from_formula" in text
    assert text.count("# your code here") == pair.text.read_text("utf-8").count("{exercise-start}")
    words = "\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
    assert not re.search(r"\{[\w:]+\}`|:::|^```", words, re.M)
    above = {cell.source: made.cells[place - 1].source for place, cell in enumerate(made.cells)}
    shown = [cell for cell in notebooks.twin(pair).cells
             if {"table", "mystnb"} & {*cell.metadata} and cell.source in above]  # fmt: skip
    assert len(shown) > 5
    for cell in shown:
        assert re.match(r"\*\*(Table|Fig\.) [\d.]+\.\*\* \w", above[cell.source])
    solutions = [c for c in notebooks.twin(pair).cells if "solution" in c.metadata.get("tags", [])]
    assert solutions and not any(cell.source in text for cell in solutions)
    for each in checks.of(notebooks.twin(pair).cells):
        assert f"# {each.about['ask']}\n" in text and f'\ncheck("{each.label}", ...)' in text


def test_no_answer_that_is_handed_in_stands_on_its_page(html):
    """Figures of three digits or more; nothing in words can be told."""
    plans = (notebooks.ROOT / "data" / "sessions.csv").read_text(encoding="utf-8")
    found = set()
    for pair in notebooks.pairs():
        asked = checks.of(notebooks.twin(pair).cells)
        page = (html / "notebooks" / f"{pair.name}.html").read_text(encoding="utf-8")
        article = BeautifulSoup(page, "html.parser").find("article")
        for part in article.select(".solution, form, svg, script"):
            part.decompose()
        shown = {*re.findall(r"\d+(?:\.\d+)?", article.get_text(" "))}
        shown |= {f"{float(each):.{digits}f}" for each in shown if "." in each
                  for digits in range(1, len(each.split(".")[1]))}  # fmt: skip
        for each in asked:
            figure = each.answer.lstrip("−")
            long = "digits" in each.about and len(figure.replace(".", "").lstrip("0")) >= 3
            if long and f"`{each.exercise}`" in plans and figure in shown:
                found.add(each.label)
    assert not found, f"read off the page: {found}"


def test_the_folder_can_be_read_by_anybody_and_its_archive_is_the_same_twice(tmp_path):
    for name in ("pages", "starters"):
        (tmp_path / name).mkdir(mode=0o700)
        (tmp_path / name / "a.html").write_text("a")
        (tmp_path / name / "a.html").chmod(0o600)
    made = []
    for _ in range(2):
        handout.collect(tmp_path / "pages", tmp_path / "starters", tmp_path / "handout")
        made.append(handout.archive(tmp_path / "handout").read_bytes())
    assert made[0] == made[1]
    found = [*(tmp_path / "handout").rglob("*")]
    assert {each.stat().st_mode & 0o777 for each in found} == {0o755, 0o644}
    names = {each.relative_to(tmp_path / "handout").as_posix() for each in found}
    readme = (tmp_path / "handout" / "README.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| `([\w/.]+?)/?` \|", readme, re.M)
    assert {"start.py", "requirements.txt", "lib/panel.py", "data/indicators.csv"} <= names
    assert {*said} - names == {"book.pdf", "book/index.html"}
    # A student's own panel, and the functions that answer its questions, do not go together.
    assert not [each for each in names if re.search(r"panels|grading|__pycache__|data/raw", each)]


def test_the_key_of_the_exam_is_in_no_file_of_students(tmp_path):
    """The pages are made of ``book/*.md``; all else is what the handout copies."""
    (tmp_path / "starters").mkdir()
    handout.collect(notebooks.ROOT / "book" / "_static", tmp_path / "starters", tmp_path / "out")
    files = [*(tmp_path / "out").rglob("*"), *(notebooks.ROOT / "book").glob("*.md")]
    files = [path for path in files if path.is_file() and path.suffix not in BINARY]
    assert len(EXAM) > 10 and not [path for path in files if "exam" in path.parts]
    assert not editions.leaks({path: editions.text_of(path) for path in files}, EXAM)
    (tmp_path / "out" / "a.md").write_text(KEY.read_text("utf-8"), encoding="utf-8")
    assert editions.leaks({KEY: editions.text_of(tmp_path / "out" / "a.md")}, EXAM)


def started(folder: Path, monkeypatch) -> list[str]:
    """Install from a folder's ``start.py``, with nothing installed; return what pip was asked."""
    monkeypatch.setattr(venv, "create", lambda place, **_: Path(place).mkdir(exist_ok=True))
    asked: list[str] = []
    done = subprocess.CompletedProcess([], 0)
    monkeypatch.setattr(subprocess, "run", lambda words, **_: asked.append(" ".join(words)) or done)
    monkeypatch.setattr(sys, "argv", ["start.py", "--install"])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_path(str(folder / "start.py"), run_name="__main__")
    return asked


def test_start_installs_once_and_again_in_a_folder_that_moved(tmp_path, monkeypatch):
    here, there = tmp_path / "a b", tmp_path / "moved"
    here.mkdir()
    shutil.copy(handout.SOURCE / "start.py", here)
    lock, own = started(here, monkeypatch)
    assert "--require-hashes -r requirements.txt" in lock and own.endswith("--editable .")
    assert not started(here, monkeypatch)
    here.rename(there)
    (there / "wheels").mkdir()
    lock, _ = started(there, monkeypatch)
    assert f"--require-hashes --no-index --find-links {there / 'wheels'} -r" in lock


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_start_says_where_another_python_is(monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", (*version, 0, "final", 0))
    with pytest.raises(SystemExit, match=r"(?s)expected 3\.11, .*python\.org.*python3\.13 start"):
        runpy.run_path(str(handout.SOURCE / "start.py"), run_name="__main__")


@pytest.mark.slow
def test_no_file_of_the_handout_has_a_solution(rendered, tmp_path):
    """No line of one and no output; pages, notebooks, modules and what is printed."""
    exercises, folder = tmp_path / "starters", tmp_path / "handout"
    pairs = [p for p in notebooks.pairs() if gates.exercises(notebooks.twin(p).cells)]
    for pair in pairs:
        made = starters.starter(pair, rendered("reading"))
        notebooks.write(exercises / f"{pair.name}.ipynb", notebooks.serialised(made))
    asked = [each for pair in pairs for each in checks.of(notebooks.twin(pair).cells)]
    notebooks.write(exercises / answers.FILE, starters.digests(asked))
    handout.collect(rendered("student"), exercises, folder)
    # Chromium prints this; the file itself holds numbers of letters, not letters.
    (folder / "book.html").write_text(pdf.assemble(rendered("student")), encoding="utf-8")

    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in BINARY]
    files = [path for path in files if "mathjax" not in path.parts]
    texts = {path: editions.text_of(path) for path in files}
    assert {".html", ".ipynb", ".py", ".csv", ".json", ".js", ".md"} <= {p.suffix for p in files}
    lines = editions.fragments(editions.SOLUTION, letters=8, blanks=1)
    for pair in pairs:
        for each in gates.exercises(notebooks.twin(pair).cells):
            told = editions.words("\n".join(part.text for part in each.solution))
            assert any(line in told for line in lines[pair.name]), f"{each.label} is not looked for"
    leaks = editions.leaks(texts, set().union(*lines.values(), editions.outputs(), EXAM))
    assert not leaks, f"{len(leaks)} passages of solutions, the first: {leaks[:3]}"


prints = pytest.mark.skipif(pdf.chromium() is None, reason="no Chromium here: nothing was printed")


@pytest.fixture(scope="module")
def printed(html, tmp_path_factory) -> list[str]:
    """The text of each printed page of the student's route."""
    path = tmp_path_factory.mktemp("pdf") / "student.pdf"
    pdf.write(html, path, name="student")
    return [page.extract_text() for page in PdfReader(path).pages]


@pytest.mark.slow
@prints
def test_the_contents_name_the_pages_where_chapters_begin(html, printed):
    listed = {}
    for page in pdf.route(html, "student"):
        soup = BeautifulSoup((html / f"{page}.html").read_text("utf-8"), "html.parser")
        title = " ".join(soup.find("article").h1.get_text().rstrip("#").split())
        found = re.search(rf"^{re.escape(title)}\s+(\d+)$", "\n".join(printed[1:4]), re.M)
        assert found, f"{title} is not in the contents"
        listed[title] = int(found[1])
    first = min(listed.values())
    for title, number in listed.items():
        heads = [n for n, text in enumerate(printed, 1) if n >= first and title in text]
        assert heads and heads[0] == number, f"{title}: said {number}, found {heads[:3]}"


@pytest.mark.slow
@prints
def test_nothing_hidden_is_printed_and_no_page_is_a_line_of_code(html, printed):
    def close(text: str) -> str:
        return re.sub(r"\s", "", text)

    hidden, shown = set(), set()
    for page in pdf.route(html, "student"):
        soup = BeautifulSoup((html / f"{page}.html").read_text("utf-8"), "html.parser")
        code = soup.select(".cell_input")
        folded = soup.select("details .cell_input, [hidden] p, [hidden] summary, .tile .figures p")
        hidden |= {close(line) for part in folded for line in part.get_text().splitlines()}
        code = [part for part in code if part not in folded]
        shown |= {close(line) for part in code for line in part.get_text().splitlines()}
    text = close("".join(printed))
    long = {line for line in hidden - shown if len(line) > 24}
    assert len(long) > 20 and not {line for line in long if line in text}
    assert len([line for line in shown if len(line) > 24 and line in text]) > 100
    short = [close(page) for page in printed if len(page.split()) < 30]
    assert not {line for line in shown if len(line) > 8 and any(line in page for page in short)}


@pytest.mark.slow
@prints
def test_a_wide_table_is_turned_and_a_letter_that_no_font_has_stops_the_printing(tmp_path):
    document = tmp_path / "a.html"
    style = "<style>.turned {page: t} @page t {size: A4 landscape} td {min-width: 800px}</style>"
    table = "<main>A<div><table><tr><td>B</td></tr></table></div></main>"
    document.write_text(style + table, encoding="utf-8")
    pdf.printed(document, tmp_path / "a.pdf")
    sides = [page.mediabox for page in PdfReader(tmp_path / "a.pdf").pages]
    assert [side.width > side.height for side in sides] == [False, True]
    document.write_text("<meta charset='utf-8'><main>A \u2e9a</main>", encoding="utf-8")
    with pytest.raises(SystemExit, match="no font here has the letters \u2e9a"):
        pdf.printed(document, tmp_path / "a.pdf")
