"""What is handed out: the folder and starter notebooks."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
import test_editions as editions

from tools.course import answers, checks, handout, quiz, starters
from tools.render import gates, notebooks, outside

KEY = Path(handout.__file__).with_name("exam") / "key.md"
EXAM = {editions.words(part) for line in KEY.read_text("utf-8").splitlines()
        for part in line.split(". ") if len(part) > 24}  # fmt: skip


def test_a_starter_has_the_set_up_and_the_exercises_and_no_solution(html):
    pair = notebooks.Pair(notebooks.ROOT, "04-1-overall")
    cells, made = notebooks.twin(pair).cells, starters.starter(pair, html)
    text = "\n".join(cell.source for cell in made.cells)
    folds = re.findall("\n\n<details><summary>中文</summary>\n\n", text)
    assert len(folds) == text.count("# your code here") and "**中文**" not in text
    assert "PanelOLS.from_formula" in text
    assert text.count("# your code here") == pair.text.read_text("utf-8").count("{exercise-start}")
    words = "\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
    assert not re.search(r"\{[\w:]+\}`|:::|^```", words, re.M)
    assert len(re.findall(r"^\*\*(?:Table|Fig\.) [\d.]+\.\*\* \w", words, re.M)) > 5
    solutions = [cell for cell in cells if "solution" in cell.metadata.get("tags", [])]
    assert solutions and not any(cell.source in text for cell in solutions)
    for each in checks.of(cells):
        assert f"# {each.about['ask']}\n" in text and f'\ncheck("{each.label}", ...)' in text


def test_a_notebook_outside_the_book_has_values_and_captions_and_no_role(html):
    files = sorted((html / "_sources" / "notebooks").glob("*.ipynb"))
    assert len(files) == len(notebooks.pairs())
    for file in files:
        cells = nbformat.read(file, 4).cells
        words = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        assert not re.search(
            r"\{[\w:-]+\}`|^ *:::|^ *```\{|^\([\w-]+\)=|^:\w+:|<!--", words, re.M
        ), file
        assert not re.search(r"[一-鿿](?:Table|Fig\.) ", words), file
        twin = notebooks.twin(notebooks.Pair(notebooks.ROOT, file.stem)).cells
        named = [cell for cell in twin if outside.caption(cell, html)]
        assert len(re.findall(r"^\*\*(?:Table|Fig\.) [\w.]+\*\* ", words, re.M)) >= len(named), file


def collected(tmp_path, pages: Path) -> Path:
    (tmp_path / "starters").mkdir(exist_ok=True)
    handout.collect(pages, tmp_path / "starters", tmp_path / "handout")
    return tmp_path / "handout"


def test_the_folder_has_what_it_says_and_no_key(tmp_path):
    folder = collected(tmp_path, notebooks.ROOT / "book" / "_static")
    names = {each.relative_to(folder).as_posix() for each in folder.rglob("*")}
    readme = (folder / "README.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| `([\w/.]+?)/?` \|", readme, re.M)
    assert {"start.py", "requirements.txt", "lib/panel.py", "data/indicators.csv"} <= names
    assert {*said} - names == {"book/index.html"}
    assert {each.stat().st_mode & 0o777 for each in folder.rglob("*")} == {0o755, 0o644}
    odd = re.compile(r"quiz|exam/|__pycache__|data/raw")
    assert not [each for each in names if odd.search(each)]
    assert len(EXAM) > 10 and not editions.leaks(editions.library(folder), EXAM)
    shutil.copy(KEY, folder)
    assert editions.leaks(editions.library(folder), EXAM)


def test_the_quiz_is_in_nothing_that_is_published_or_handed_out(html, tmp_path):
    folder, answer = collected(tmp_path, html), {editions.words('<answer fraction="100"')}
    assert not editions.leaks(editions.library(folder), answer)
    quiz.write(html, folder / "data" / "questions.xml")
    assert editions.leaks(editions.library(folder), answer)
    text = (folder / "data" / "questions.xml").read_text(encoding="utf-8")
    assert "Exercise 2.1 (" in text and "{eq}" not in text and "{numref}" not in text
    for shown in (starters.HTML, starters.FOLDER, handout.FOLDER, notebooks.ROOT / "book"):
        assert not quiz.FILE.is_relative_to(shown)


@pytest.mark.slow
def test_no_file_of_the_handout_has_a_solution(rendered, tmp_path):
    """No line of one and no output; pages, notebooks and modules."""
    pairs = [p for p in notebooks.pairs() if gates.exercises(notebooks.twin(p).cells)]
    for pair in pairs:
        made = starters.starter(pair, rendered("reading"))
        path = tmp_path / "starters" / f"{pair.name}.ipynb"
        notebooks.write(path, notebooks.serialised(made))
    asked = [each for pair in pairs for each in checks.of(notebooks.twin(pair).cells)]
    notebooks.write(tmp_path / "starters" / answers.FILE, starters.digests(asked))
    folder = collected(tmp_path, rendered("student"))
    lines = editions.fragments(editions.SOLUTION, letters=8, blanks=1)
    for pair in pairs:
        for each in gates.exercises(notebooks.twin(pair).cells):
            told = editions.words("\n".join(part.text for part in each.solution))
            assert any(line in told for line in lines[pair.name]), f"{each.label} is not looked for"
    assert not (folder / "book" / "notebooks" / "teaching.html").exists()
    wanted = set().union(*lines.values(), editions.outputs(), EXAM)
    leaks = editions.leaks(editions.library(folder), wanted)
    assert not leaks, f"{len(leaks)} passages of solutions, the first: {leaks[:3]}"
